import { storeContract } from '../../src/testing/store-contract.ts';
import { type Order, RemoteStore, type Report } from '../store/message-port/relay.ts';
import { bundleModule } from './bundle.ts';
import type { Engine } from './engine.ts';
import { missingOfChromium, openSite, type Site, type Tab } from './site.ts';
import type { CheckResult } from './suite.ts';
import { tabChecks } from './tab-checks.ts';

// In every context: a store, and for pages a provider that uses it.
const STORE = `
  import { TokenProvider } from '../../dist/index.js';
  import { bearerFetch } from '../../dist/adapters/fetch.js';
  import { browserStore } from '../../dist/store/browser/browser-store.js';
  import { obey } from '../store/message-port/relay.ts';
`;
const WORKER = `${STORE}
  let hear;
  const take = (data, send) => data === 'begin' ? hear = obey(browserStore({ timeoutMs: 60_000 }), send) : hear(data);
  self.onmessage = ({ data, source }) => take(data, (report) => (source ?? self).postMessage(report));
  self.onconnect = ({ ports: [port] }) => {
    port.onmessage = ({ data }) => take(data, (report) => port.postMessage(report));
  };
`;
const PAGE = `${STORE}
  Object.assign(globalThis, { TokenProvider, bearerFetch, browserStore });
  const ways = {
    page() {
      const hear = obey(browserStore({ timeoutMs: 60_000 }), report);
      return hear;
    },
    worker: () => wayTo(new Worker('/worker.js')),
    'shared worker': () => wayTo(new SharedWorker('/worker.js').port),
    async 'service worker'() {
      navigator.serviceWorker.onmessage = ({ data }) => report(data);
      await navigator.serviceWorker.register('/worker.js');
      const { active } = await navigator.serviceWorker.ready;
      active.postMessage('begin');
      return (order) => active.postMessage(order);
    },
  };
  function wayTo(port) {
    port.onmessage = ({ data }) => report(data);
    port.postMessage('begin');
    return (order) => port.postMessage(order);
  }
  globalThis.begin = async (place) => { globalThis.order = await ways[place](); };
`;

const PLACES = ['page', 'worker', 'shared worker', 'service worker'] as const;

const LONGEST_CHECK_MS = 180_000;

let scripts: Promise<readonly string[]> | undefined;

async function site(): Promise<Site> {
  scripts ??= Promise.all([bundleModule(PAGE, 'iife'), bundleModule(WORKER, 'iife')]);
  const [page = '', worker = ''] = await scripts;
  return openSite({ '/page.js': page, '/worker.js': worker });
}

const giveOrder = (order: unknown): void => (globalThis as unknown as { order(given: unknown): void }).order(order);

/** The store of a context of the browser, as if it were here. */
async function storeIn(tab: Tab, place: (typeof PLACES)[number]): Promise<RemoteStore> {
  let hear: (report: unknown) => void = () => {};
  await tab.exposeFunction('report', (report) => hear(report as Report));
  const store = new RemoteStore(
    // A tab that is gone answers nothing, and the check ends by its time.
    (order: Order) => void tab.evaluate(giveOrder, order).catch(() => {}),
    (to) => {
      hear = to;
    },
  );
  const begin = (given: unknown): unknown => (globalThis as unknown as { begin(given: unknown): unknown }).begin(given);
  await tab.evaluate(begin, place);
  return store;
}

/** `storeContract` between two contexts. */
async function contractOf(place: (typeof PLACES)[number]): Promise<readonly CheckResult[]> {
  const { openTab, close } = await site();
  const results: CheckResult[] = [];
  try {
    const handles = [await storeIn(await openTab(), place), await storeIn(await openTab(), 'page')];
    for (const handle of handles) await handle.subscribed();
    const cases: (readonly [name: string, run: () => Promise<void>])[] = [];
    const runner = {
      describe: (_name: string, body: () => void): void => body(),
      it: (name: string, run: () => Promise<void>): unknown => cases.push([name, run]),
    };
    const advance = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    storeContract(runner, () => ({ handles, advance }));
    for (const [name, run] of cases) results.push(await resultOf(name, run()));
  } finally {
    await close();
  }
  return results;
}

async function resultOf(name: string, check: Promise<unknown>): Promise<CheckResult> {
  const { promise: overdue, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('it did not end')), LONGEST_CHECK_MS);
  try {
    await Promise.race([check, overdue]);
    return { name, problem: undefined };
  } catch (error) {
    return { name, problem: error instanceof Error ? error.stack : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** What contexts of one origin share in Chromium, by `tokenflight/browser`. */
export const sharedStore: readonly Engine[] = [
  ...PLACES.map((place) => ({
    name: `Chromium, ${place} + page`,
    missing: missingOfChromium(),
    run: () => contractOf(place),
  })),
  {
    name: 'Chromium, tabs of an origin',
    missing: missingOfChromium(),
    async run(origin, id) {
      const results: CheckResult[] = [];
      for (const [name, check] of Object.entries(tabChecks)) {
        const place = await site();
        results.push(await resultOf(name, check(place, `${origin}/${id}-${results.length}`)));
        await place.close();
      }
      return results;
    },
  },
];
