import { bundle } from './bundle.ts';
import type { Engine } from './engine.ts';
import { missingOfChromium, openSite } from './site.ts';
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

/** A browser of its own for each place; its pages come from another origin than the servers they call. */
export const chromium: readonly Engine[] = Object.entries(PLACES).map(([place, { script, page }]) => ({
  name: `Chromium, ${place}`,
  missing: missingOfChromium(),
  async run(origin, id) {
    const code = await bundle(script, 'iife');
    const site = await openSite({ '/script.js': code, '/page.js': page === '' ? code : page });
    try {
      const tab = await site.openTab();
      const order = (given: unknown): unknown =>
        (globalThis as unknown as { results(order: unknown): unknown }).results(given);
      return (await tab.evaluate(order, [origin, id])) as readonly CheckResult[];
    } finally {
      await site.close();
    }
  },
}));
