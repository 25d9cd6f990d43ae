import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LoopbackServer } from '../servers/loopback-server.ts';
import { bundle, canBundle } from './bundle.ts';
import { type Engine, INSTALL, installed } from './engine.ts';
import type { CheckResult } from './suite.ts';

type Place = 'page' | 'web worker' | 'service worker';

// Where it has to run, and how the page hands the work over: each leaves its results in `globalThis.results`.
const PLACES: Readonly<Record<Place, { readonly script: string; readonly page: string }>> = {
  page: {
    script: 'globalThis.results = ([origin, id]) => run(origin, id);',
    page: '',
  },
  'web worker': {
    script: 'onmessage = async ({ data: [origin, id] }) => postMessage(await run(origin, id));',
    page: `globalThis.results = (order) => new Promise((resolve, reject) => {
      const worker = new Worker('/script.js');
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
      worker.postMessage(order);
    });`,
  },
  'service worker': {
    script: `onmessage = (event) => {
      const [origin, id] = event.data;
      event.waitUntil(run(origin, id).then((results) => event.source.postMessage(results)));
    };
    onactivate = (event) => event.waitUntil(clients.claim());`,
    page: `globalThis.results = async (order) => {
      const answered = new Promise((resolve) => {
        navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
      });
      await navigator.serviceWorker.register('/script.js');
      (await navigator.serviceWorker.ready).active.postMessage(order);
      return answered;
    };`,
  },
};

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const program: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

function missing(): string | undefined {
  if (program === undefined) return 'install Chromium so that "chromium" is found (Debian: apt-get install chromium)';
  return existsSync(installed('playwright-core')) && canBundle ? undefined : INSTALL;
}

/** A browser of its own for each place; its pages come from another origin than the servers they call. */
export const chromium: readonly Engine[] = Object.entries(PLACES).map(([place, { script, page }]) => ({
  name: `Chromium, ${place}`,
  missing: missing(),
  async run(origin, id) {
    const { chromium: launcher } = await import(installed('playwright-core/index.mjs'));
    const code = await bundle(script, 'iife');
    const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
      '/script.js': ['text/javascript', code],
      '/page.js': ['text/javascript', page === '' ? code : page],
      '/': ['text/html', '<!doctype html><title>tokenflight</title><script src="/page.js"></script>'],
    };
    const pages = await LoopbackServer.start(({ url = '' }, response) => {
      const [type, text] = files[url] ?? ['text/plain', ''];
      response.writeHead(text === '' ? 404 : 200, { 'content-type': type }).end(text);
    });
    const browser = await launcher.launch({ executablePath: program, args: FLAGS });
    try {
      const tab = await browser.newPage();
      await tab.goto(pages.origin);
      const order = (given: unknown): unknown =>
        (globalThis as unknown as { results(order: unknown): unknown }).results(given);
      return (await tab.evaluate(order, [origin, id])) as readonly CheckResult[];
    } finally {
      await browser.close();
      await pages.close();
    }
  },
}));
