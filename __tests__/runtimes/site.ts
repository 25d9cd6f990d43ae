import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { LoopbackServer } from '../servers/loopback-server.ts';
import { canBundle } from './bundle.ts';
import { INSTALL, installed } from './engine.ts';

/** What is used here of a page of playwright. */
export interface Tab {
  evaluate(run: (given: unknown) => unknown, given?: unknown): Promise<unknown>;
  exposeFunction(name: string, run: (given: unknown) => void): Promise<void>;
  goto(url: string): Promise<unknown>;
  goBack(options: { waitUntil: 'commit' }): Promise<unknown>;
  close(): Promise<void>;
  context(): { newCDPSession(tab: Tab): Promise<{ send(method: string, given?: object): Promise<unknown> }> };
}

/** A browser, and a site of which it shows pages. */
export interface Site {
  readonly origin: string;
  /** The same site by a name that is not secure. */
  readonly insecureOrigin: string;
  openTab(): Promise<Tab>;
  close(): Promise<void>;
}

const INSECURE_HOST = 'insecure.example';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
];

const program: string | undefined = (process.env['PATH'] ?? '')
  .split(delimiter)
  .flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
  .find((path) => existsSync(path));

export function missingOfChromium(): string | undefined {
  if (program === undefined) return 'install Chromium so that "chromium" is found (Debian: apt-get install chromium)';
  return existsSync(installed('playwright-core')) && canBundle ? undefined : INSTALL;
}

/** @param scripts by their path. Each page loads `/page.js` */
export async function openSite(scripts: Readonly<Record<string, string>>): Promise<Site> {
  const { chromium } = await import(installed('playwright-core/index.mjs'));
  const pages = await LoopbackServer.start(({ url = '' }, response) => {
    const [type, text = ''] =
      url === '/'
        ? ['text/html', '<!doctype html><title>tokenflight</title><script src="/page.js"></script>']
        : ['text/javascript', scripts[url]];
    response.writeHead(text === '' ? 404 : 200, { 'content-type': type }).end(text);
  });
  const browser = await chromium.launch({
    executablePath: program,
    args: FLAGS,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
  const context = await browser.newContext();
  return {
    origin: pages.origin,
    insecureOrigin: `http://${INSECURE_HOST}:${new URL(pages.origin).port}`,
    async openTab() {
      const tab = await context.newPage();
      await tab.goto(pages.origin);
      return tab;
    },
    async close() {
      await browser.close();
      await pages.close();
    },
  };
}
