import { rejects, equal as same } from 'node:assert/strict';
import { bundleApplication, canBundle } from '../bundle.ts';
import { type Engine, INSTALL } from '../engine.ts';
import type { Behaviour, Observed } from '../server.ts';
import type { CheckResult } from '../suite.ts';
import { hasMiniflare, type IsolateName, Isolates, isolateNames } from './isolates.ts';
import { readmeExample } from './readme-example.ts';

const aMoment = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Longer than any check has to wait; what hangs in an isolate would hang here. */
const PATIENCE_MS = 30_000;

type Tier = 'cache' | 'kv';
type Kind = Tier | 'shared' | 'alone' | 'mortal' | 'mortalInTurns' | 'inTurns' | 'unbound' | 'discovering';

/** One check's own servers, and what asks them. */
class Scene {
  readonly isolates: Isolates;
  readonly #base: string;
  readonly #name: string;

  constructor(isolates: Isolates, origin: string, name: string) {
    this.isolates = isolates;
    this.#base = `${origin}/${name}`;
    this.#name = name;
  }

  ask(kind: Kind, isolate: IsolateName, path = '/token', more: Readonly<Record<string, string>> = {}): Promise<string> {
    const asked = this.isolates.ask(isolate, path, { kind, base: this.#base, ...more });
    asked.catch(() => {}); // told where it is awaited
    return asked;
  }

  token(count: number): string {
    return `${this.#name}.${count}`;
  }

  async tell(behaviour: Behaviour): Promise<void> {
    await fetch(`${this.#base}/tell`, { method: 'POST', body: JSON.stringify(behaviour) });
  }

  async requests(): Promise<number> {
    const told = (await (await fetch(`${this.#base}/told`)).json()) as Observed;
    return told.tokenRequests;
  }

  /** Waits until so many requests have reached the servers. */
  async arrived(count: number): Promise<void> {
    while ((await this.requests()) < count) await aMoment();
  }

  /** How often a request of this isolate found the lease with another. */
  async waits(isolate: IsolateName): Promise<number> {
    return Number(await this.isolates.ask(isolate, '/waits'));
  }

  /** A request that is out is left by its client, and others who wait for the same. */
  async leaveInMidFlight(kind: Kind): Promise<{ readonly waiting: Promise<string>[] }> {
    await this.tell({ isShut: true });
    const leaver = this.ask(kind, 'ONE', '/token', { leaves: '1' });
    await this.arrived(1);
    const waiting = Array.from({ length: 5 }, () => this.ask(kind, 'ONE'));
    this.isolates.leave();
    same(await leaver, 'left');
    return { waiting };
  }
}

async function leaving(scene: Scene, kind: Kind): Promise<void> {
  const { waiting } = await scene.leaveInMidFlight(kind);
  await scene.tell({ isShut: false });
  for (const token of await Promise.all([...waiting, scene.ask(kind, 'ONE')])) same(token, scene.token(1));
  same(await scene.requests(), 1);
}

async function dying(scene: Scene, kind: Kind): Promise<void> {
  const { waiting } = await scene.leaveInMidFlight(kind);
  await scene.arrived(2);
  await scene.tell({ isShut: false });
  same(new Set(await Promise.all(waiting)).size, 1);
  same(await scene.ask(kind, 'ONE'), await waiting[0]);
  same(await scene.requests(), 2);
}

async function copying(scene: Scene, tier: Tier): Promise<void> {
  const looks = (): Promise<string> => scene.isolates.ask('ONE', '/looks');
  same(await scene.ask(tier, 'ONE'), scene.token(1));
  const before = await looks();
  same(await scene.ask(tier, 'TWO'), scene.token(1));
  same(await looks(), before);
  same(await scene.ask(tier, 'TWO', '/invalidate'), 'true');
  same(await scene.ask(tier, 'THREE'), scene.token(2));
  same(await scene.requests(), 2);
}

const checks: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async 'sixty requests in three isolates make one token request'(scene) {
    await scene.tell({ isShut: true });
    const calls = isolateNames.flatMap((name) => Array.from({ length: 20 }, () => scene.ask('shared', name)));
    await scene.arrived(1);
    await scene.tell({ isShut: false });
    same([...new Set(await Promise.all(calls))].join(), scene.token(1));
    same(await scene.requests(), 1);
  },

  async 'requests of one isolate without a store make one token request'(scene) {
    await scene.tell({ isShut: true });
    const calls = Array.from({ length: 30 }, () => scene.ask('alone', 'TWO'));
    await scene.arrived(1);
    await scene.tell({ isShut: false });
    same([...new Set(await Promise.all(calls))].join(), scene.token(1));
    same(await scene.requests(), 1);
  },

  'a client that leaves in mid-flight takes the token from nobody': (scene) => leaving(scene, 'alone'),
  'nor does it where tokens are shared': (scene) => leaving(scene, 'shared'),

  'a token request that dies with its request is begun again by those who wait': (scene) => dying(scene, 'mortal'),
  'also where requests take turns': (scene) => dying(scene, 'mortalInTurns'),

  async 'a provider closes in time when the request that spent its refresh token is dead'(scene) {
    await scene.tell({ isShut: true });
    const leaver = scene.ask('mortalInTurns', 'ONE', '/token', { leaves: '1' });
    await scene.arrived(1);
    scene.isolates.leave();
    same(await leaver, 'left');
    const closings = [0, 1].map(() => scene.ask('mortalInTurns', 'ONE', '/close'));
    same((await Promise.all(closings)).join(), 'closed,closed');
    await scene.tell({ isShut: false });
  },

  async 'else it waits for what that brings, whichever request began it'(scene) {
    await scene.tell({ isShut: true });
    const asking = scene.ask('inTurns', 'ONE');
    await scene.arrived(1);
    let closed = 0;
    const closings = [0, 1].map(() => scene.ask('inTurns', 'ONE', '/close').finally(() => closed++));
    for (let moments = 0; moments < 30; moments++) await aMoment();
    same(closed, 0);
    await scene.tell({ isShut: false });
    same((await Promise.all(closings)).join(), 'closed,closed');
    await asking.catch(() => {}); // told that the provider is closed
  },

  async 'it closes also when a request that was closing it is dead'(scene) {
    await scene.tell({ isShut: true });
    const asking = scene.ask('inTurns', 'ONE');
    await scene.arrived(1);
    const leaver = scene.ask('inTurns', 'ONE', '/close', { leaves: '1' });
    const closing = scene.ask('inTurns', 'ONE', '/close');
    for (let moments = 0; moments < 10; moments++) await aMoment();
    scene.isolates.leave();
    same(await leaver, 'left');
    await scene.tell({ isShut: false });
    same(await closing, 'closed');
    await asking.catch(() => {});
  },

  async 'a bare method of the context, which keeps nothing alive, is noticed at the first call'(scene) {
    await rejects(scene.ask('unbound', 'ONE'), /ConfigurationError: waitUntil: throws/);
    same(await scene.requests(), 0);
  },

  async 'discovery outlives the client that began it'(scene) {
    await scene.tell({ isShut: true });
    const leaver = scene.ask('discovering', 'ONE', '/token', { leaves: '1' });
    await scene.arrived(1);
    const waiting = scene.ask('discovering', 'ONE');
    scene.isolates.leave();
    same(await leaver, 'left');
    await scene.tell({ isShut: false });
    same(await waiting, scene.token(1));
  },

  async 'a refresh behind outlives the response'(scene) {
    same(await scene.ask('alone', 'THREE'), scene.token(1));
    await scene.tell({ isShut: true });
    await scene.isolates.ask('THREE', '/advance', { ms: '3000000' });
    same(await scene.ask('alone', 'THREE'), scene.token(1));
    await scene.arrived(2);
    await scene.tell({ isShut: false });
    await scene.isolates.ask('THREE', '/advance', { ms: '1000000' });
    same(await scene.ask('alone', 'THREE'), scene.token(2));
    same(await scene.requests(), 2);
  },

  async 'a lease outlives a restart of the object'(scene) {
    await scene.tell({ isShut: true });
    const leading = scene.ask('shared', 'ONE');
    await scene.arrived(1);
    await scene.isolates.ask('TWO', '/restart');
    const before = await scene.waits('THREE');
    const following = scene.ask('shared', 'THREE');
    while ((await scene.waits('THREE')) === before && (await scene.requests()) === 1) await aMoment();
    await scene.tell({ isShut: false });
    for (const token of await Promise.all([leading, following])) same(token, scene.token(1));
    same(await scene.requests(), 1);
  },

  async 'a token outlives the object and all isolates'(scene) {
    same(await scene.ask('shared', 'ONE'), scene.token(1));
    await scene.isolates.restart();
    same(await scene.ask('shared', 'TWO'), scene.token(1));
    same(await scene.requests(), 1);
  },

  async 'a token that was rejected is given to no cold isolate'(scene) {
    same(await scene.ask('shared', 'ONE'), scene.token(1));
    same(await scene.ask('shared', 'ONE', '/invalidate'), 'true');
    same(await scene.ask('shared', 'TWO'), scene.token(2));
    same(await scene.ask('shared', 'ONE'), scene.token(2));
    same(await scene.requests(), 2);
  },

  'a cold isolate finds its token in the cache of the data centre, without the object': (scene) =>
    copying(scene, 'cache'),
  'or in KV': (scene) => copying(scene, 'kv'),

  async 'the object holds no token in the clear'(scene) {
    const token = await scene.ask('shared', 'ONE');
    const dump = await scene.isolates.ask('ONE', '/dump');
    same(dump.includes('sealed1.'), true);
    same(dump.includes(token), false);
  },
};

async function result(name: string, check: Promise<void>): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    await Promise.race([check, tooLate]);
    return { name, problem: undefined };
  } catch (error) {
    return { name, problem: String(error instanceof Error ? error.stack : error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Cloudflare's engine: one Worker in several isolates, whose tokens a Durable Object holds. */
export const workers: Engine = {
  name: 'workerd, isolates',
  missing: hasMiniflare && canBundle ? undefined : INSTALL,
  async run(origin, id) {
    const isolates = new Isolates(await bundleApplication({ path: 'workers/worker.ts' }));
    try {
      await isolates.start();
      const results: CheckResult[] = [];
      for (const tier of ['none', 'cache', 'kv']) {
        const told: readonly CheckResult[] = JSON.parse(await isolates.ask('TWO', '/contract', { tier }));
        results.push(...told.map(({ name, problem }) => ({ name: `${name}, read tier: ${tier}`, problem })));
      }
      for (const [name, check] of Object.entries(checks)) {
        results.push(await result(name, check(new Scene(isolates, origin, `${id}-${results.length}`))));
      }
      results.push(await result('the example of the README', readmeExample()));
      return results;
    } finally {
      await isolates.end();
    }
  },
};
