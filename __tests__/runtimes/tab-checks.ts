import assert from 'node:assert/strict';
import type { Behaviour, Observed } from './server.ts';
import type { Site, Tab } from './site.ts';

/** @param realm the address of servers of its own, see `server.ts` */
type Check = (site: Site, realm: string) => Promise<void>;

const CALLERS = 50;

async function tell(realm: string, behaviour: Behaviour): Promise<void> {
  await fetch(`${realm}/tell`, { method: 'POST', body: JSON.stringify(behaviour) });
}

async function told(realm: string): Promise<Observed> {
  return (await fetch(`${realm}/told`)).json() as Promise<Observed>;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let round = 0; !(await isSo()); round++) {
    if (round > 200) throw new Error('it did not come to be');
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A machine that has too much to do must not look like a leader that hangs. */
const PATIENT_MS = 60_000;

/**
 * Opens tabs one after the other, each with a provider: the first leads.
 *
 * @param timeoutMs of the store. Default: long
 */
async function openTabs(
  { openTab }: Site,
  realm: string,
  count: number,
  timeoutMs?: number,
): Promise<[Tab, Tab, Tab, ...Tab[]]> {
  const tabs: Tab[] = [];
  for (let index = 0; index < count; index++) {
    const tab = await openTab();
    await equip(tab, realm, timeoutMs);
    tabs.push(tab);
  }
  return tabs as [Tab, Tab, Tab, ...Tab[]];
}

async function equip(tab: Tab, realm: string, timeoutMs: number = PATIENT_MS): Promise<void> {
  await tab.evaluate(
    async (given) => {
      const [address, storeTimeoutMs] = given as [string, number];
      const page = globalThis as unknown as Page;
      const { TokenProvider, bearerFetch, browserStore } = page;
      page.tokens = new TokenProvider({
        tokenUrl: `${address}/token`,
        clientId: 'client',
        clientSecret: 'secret of no server',
        store: browserStore({ timeoutMs: storeTimeoutMs }),
        storeTimeoutMs,
      });
      page.events = [];
      page.tokens.on((event) => void page.events.push(event.type));
      page.call = bearerFetch(page.tokens, { origins: new URL(address).origin });
      for (;;) {
        const { held = [], pending = [] } = await navigator.locks.query();
        if ([...held, ...pending].length > 0) break;
      }
    },
    [realm, timeoutMs],
  );
}

interface Page {
  TokenProvider: typeof import('tokenflight').TokenProvider;
  bearerFetch: typeof import('tokenflight/fetch').bearerFetch;
  browserStore: typeof import('tokenflight/browser').browserStore;
  tokens: import('tokenflight').TokenProvider;
  call: typeof fetch;
  events: string[];
}

/** Many callers at the same time; their tokens, each once. */
function getTokens(tab: Tab): Promise<unknown> {
  return tab.evaluate(async (count) => {
    const { tokens } = globalThis as unknown as Page;
    const all = await Promise.all(Array.from({ length: count as number }, () => tokens.getToken()));
    return [...new Set(all.map(({ value }) => value))].join();
  }, CALLERS);
}

function eventsOf(tab: Tab): Promise<unknown> {
  return tab.evaluate(() => (globalThis as unknown as Page).events);
}

function callApi(tab: Tab, realm: string): Promise<unknown> {
  return tab.evaluate(
    async (url) => (await (globalThis as unknown as Page).call(url as string)).status,
    `${realm}/api`,
  );
}

const nameOf = (realm: string): string => new URL(realm).pathname.slice(1);

async function crash(tab: Tab): Promise<void> {
  const session = await tab.context().newCDPSession(tab);
  void session.send('Page.crash').catch(() => {});
}

/** What tabs of one origin are promised. Written for tabs that are opened in this order: the first leads. */
export const tabChecks: Readonly<Record<string, Check>> = {
  async 'eight tabs with fifty callers each make one token request'(site, realm) {
    const tabs = await openTabs(site, realm, 8);
    await tell(realm, { isShut: true });
    const asked = tabs.map(getTokens);
    await until(async () => (await told(realm)).tokenRequests > 0);
    await tell(realm, { isShut: false });
    assert.deepEqual(
      await Promise.all(asked),
      tabs.map(() => `${nameOf(realm)}.1`),
    );
    assert.equal((await told(realm)).tokenRequests, 1);
  },

  async 'a tab that comes later, when the first is closed, makes no request'(site, realm) {
    const [first, second] = await openTabs(site, realm, 2);
    await getTokens(first);
    await first.close();
    const [third] = await openTabs(site, realm, 1);
    assert.equal(await getTokens(third), `${nameOf(realm)}.1`);
    await second.close();
    const [fourth] = await openTabs(site, realm, 1);
    assert.equal(await getTokens(fourth), `${nameOf(realm)}.1`);
    assert.equal((await told(realm)).tokenRequests, 1);
  },

  async 'the flight of another tab goes on when the leader is closed: one request'(site, realm) {
    const [leader, flying, waiting] = await openTabs(site, realm, 3);
    await tell(realm, { isShut: true });
    const flown = getTokens(flying);
    await until(async () => (await told(realm)).tokenRequests === 1);
    const waited = getTokens(waiting);
    await leader.close();
    await tell(realm, { isShut: false });
    assert.deepEqual(await Promise.all([flown, waited]), Array(2).fill(`${nameOf(realm)}.1`));
    assert.equal((await told(realm)).tokenRequests, 1);
    assert.deepEqual(
      ((await eventsOf(waiting)) as string[]).filter((type) => type === 'store-failed'),
      [],
    );
  },

  async 'a leader that crashes in its own flight costs its lease and one more request'(site, realm) {
    const [leader, ...others] = await openTabs(site, realm, 4);
    await tell(realm, { isShut: true });
    void getTokens(leader).catch(() => {});
    await until(async () => (await told(realm)).tokenRequests === 1);
    const waited = others.map(getTokens);
    await crash(leader);
    await tell(realm, { isShut: false });
    const found = new Set(await Promise.all(waited));
    assert.equal(found.size, 1);
    assert.equal((await told(realm)).tokenRequests, 2);
  },

  async 'a leader that stands still hands over'(site, realm) {
    const [leader, second, third] = await openTabs(site, realm, 3);
    await getTokens(leader);
    const session = await leader.context().newCDPSession(leader);
    await session.send('Page.setWebLifecycleState', { state: 'frozen' });
    assert.deepEqual([await getTokens(second), await getTokens(third)], Array(2).fill(`${nameOf(realm)}.1`));
    assert.deepEqual(
      ((await eventsOf(third)) as string[]).filter((type) => type === 'store-failed'),
      [],
    );
    await session.send('Page.setWebLifecycleState', { state: 'active' });
    assert.equal((await told(realm)).tokenRequests, 1);
  },

  async 'a leader that hangs costs a wait, and a request of those who wait'(site, realm) {
    const [leader, other] = await openTabs(site, realm, 2, 500);
    const hung = leader.evaluate(() => {
      const endMs = performance.now() + 20_000;
      while (performance.now() < endMs);
      return 'the leader was waited for';
    });
    assert.equal(await Promise.race([getTokens(other), hung]), `${nameOf(realm)}.1`);
    assert.ok(((await eventsOf(other)) as string[]).includes('store-failed'));
    await hung;
    assert.equal((await told(realm)).tokenRequests, 1);
  },

  async 'a page that was left and comes back shares again'(site, realm) {
    const [page, other] = await openTabs(site, realm, 2);
    await getTokens(page);
    await page.goto(`${site.origin}/page.js`);
    assert.equal(await getTokens(other), `${nameOf(realm)}.1`);
    await page.goBack({ waitUntil: 'commit' });
    const isBack = await page.evaluate(() => document.readyState === 'complete' && 'tokens' in globalThis);
    if (!isBack) await equip(page, realm); // it was loaded anew
    await other.close();
    const [late] = await openTabs(site, realm, 1);
    assert.equal(await getTokens(late), `${nameOf(realm)}.1`);
    assert.equal((await told(realm)).tokenRequests, 1);
  },

  async 'a token that one tab saw rejected is used by none'(site, realm) {
    const tabs = await openTabs(site, realm, 4);
    for (const tab of tabs) assert.equal(await callApi(tab, realm), 200);
    await tell(realm, { rejected: `${nameOf(realm)}.1` });
    assert.equal(await callApi(tabs[2], realm), 200);
    for (const tab of tabs) assert.equal(await callApi(tab, realm), 200);
    const { tokenRequests, apiRequests } = await told(realm);
    assert.equal(tokenRequests, 2);
    const count = (token: string): number =>
      apiRequests.filter((value) => value === `${nameOf(realm)}.${token}`).length;
    assert.deepEqual([count('1'), count('2')], [5, 5]); // the rejected one once more, by the one who found out
  },

  async 'no token is in any storage'(site, realm) {
    const tabs = await openTabs(site, realm, 2);
    for (const tab of tabs) assert.equal(await callApi(tab, realm), 200);
    for (const tab of tabs) {
      const stored = await tab.evaluate(async () => {
        const files: string[] = [];
        const folder = await navigator.storage.getDirectory();
        for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys()) files.push(name);
        return {
          local: { ...localStorage },
          session: { ...sessionStorage },
          databases: await indexedDB.databases(),
          caches: await caches.keys(),
          cookies: document.cookie,
          files,
          workers: (await navigator.serviceWorker.getRegistrations()).length,
          locks: ((await navigator.locks.query()).held ?? []).map(({ name }) => name),
        };
      });
      assert.deepEqual(stored, {
        local: {},
        session: {},
        databases: [],
        caches: [],
        cookies: '',
        files: [],
        workers: 0,
        locks: ['tokenflight 1 default'],
      });
    }
  },

  async 'where the context is not secure it says so'({ openTab, insecureOrigin }) {
    const tab = await openTab();
    await tab.goto(insecureOrigin);
    const message = await tab.evaluate(() => {
      try {
        (globalThis as unknown as Page).browserStore();
        return 'no error';
      } catch (error) {
        return String(error);
      }
    });
    assert.match(String(message), /navigator\.locks: is missing: this context is not secure/);
  },
};
