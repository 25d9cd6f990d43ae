import { empty, type KeyState, type Protocol } from './protocol.ts';

/** How a process stands: it has nothing to do with a key, leads, waits for the token endpoint, or is gone. */
type Flight =
  | { readonly at: 'idle' | 'crashed' }
  | { readonly at: 'leading'; readonly key: number; readonly owner: string; readonly seen: number }
  | {
      readonly at: 'requesting';
      readonly key: number;
      readonly owner: string;
      readonly seen: number;
      readonly request: number;
    };

interface World {
  readonly keys: readonly KeyState[];
  readonly members: readonly Flight[];
  /** So many times yet one of the processes wants a token. */
  readonly flights: number;
  /** Requests sent so far, for each key. */
  readonly sent: readonly number[];
  /** Whom the store has promised the lease of each key, until it is over or was given back by that owner. */
  readonly promised: readonly (readonly string[])[];
}

export interface Size {
  readonly processes: number;
  readonly keys: number;
  /** So many times one or the other process wants a token. */
  readonly flights: number;
}

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** The shortest way to a state that must not be, and what is wrong with it. */
  readonly violation?: { readonly problem: string; readonly trail: readonly string[] };
}

type Step = readonly [name: string, world: World];

/** Goes every way that things can go, breadth first, and into no state twice. */
export function explore(protocol: Protocol, { processes, keys, flights }: Size): Exploration {
  const start: World = {
    keys: Array.from({ length: keys }, () => empty),
    members: Array.from({ length: processes }, () => ({ at: 'idle' })),
    flights,
    sent: Array.from({ length: keys }, () => 0),
    promised: Array.from({ length: keys }, () => []),
  };
  const seen = new Set([nameOf(start)]);
  const queue: { readonly world: World; readonly step: string; readonly from: number }[] = [
    { world: start, step: '', from: -1 },
  ];
  let steps = 0;
  for (let index = 0; index < queue.length; index++) {
    const { world } = queue[index] as (typeof queue)[number];
    for (const [step, next] of stepsFrom(world, protocol)) {
      steps++;
      const problem = problemOf(world, next);
      if (problem !== undefined) {
        const trail = [step];
        for (let at = index; at > 0; at = queue[at]?.from ?? 0) trail.unshift(queue[at]?.step ?? '');
        return { states: seen.size, steps, violation: { problem, trail } };
      }
      const name = nameOf(next);
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push({ world: next, step, from: index });
    }
  }
  return { states: seen.size, steps };
}

function problemOf(before: World, after: World): string | undefined {
  for (const [key, state] of after.keys.entries()) {
    const old = before.keys[key] as KeyState;
    if ((after.promised[key]?.length ?? 0) > 1) return 'two have been promised the lease';
    if (state.generation < old.generation) return 'the generation went back';
    if (state.token === old.token) continue;
    if (state.generation !== old.generation + 1) return 'a token was put and not counted';
    if ((state.token ?? 0) < (old.token ?? 0)) return 'a token was replaced by an older one';
  }
  return undefined;
}

function* stepsFrom(world: World, protocol: Protocol): Generator<Step> {
  for (const [number, flight] of world.members.entries()) {
    if (flight.at === 'crashed') continue;
    if (flight.at === 'idle') yield* beginnings(world, protocol, number);
    else {
      yield [`process ${number} crashes`, withMember(world, number, { at: 'crashed' })];
      yield* goingOn(world, protocol, number, flight);
    }
  }
  for (const [key, state] of world.keys.entries()) {
    if (state.owner === undefined) continue;
    yield [`the lease of key ${key} ends`, withKey(world, key, { ...state, owner: undefined }, [])];
  }
}

/** A process finds no token that will do: there is none, or it wants another. */
function* beginnings(world: World, protocol: Protocol, number: number): Generator<Step> {
  if (world.flights === 0) return;
  const owner = `flight ${world.flights}`;
  for (const [key, state] of world.keys.entries()) {
    const taken = protocol.take(state, owner);
    if (taken === undefined) continue; // it waits
    const next = withMember(world, number, { at: 'leading', key, owner, seen: state.generation });
    const name = `process ${number} takes the lease of key ${key}`;
    yield [name, promise({ ...next, flights: world.flights - 1 }, key, taken, owner)];
  }
}

function* goingOn(world: World, protocol: Protocol, number: number, flight: Flight): Generator<Step> {
  if (flight.at !== 'leading' && flight.at !== 'requesting') return;
  const { key, owner, seen } = flight;
  const state = world.keys[key] as KeyState;
  const done = withMember(world, number, { at: 'idle' });
  const rest = (world.promised[key] ?? []).filter((other) => other !== owner);
  const extended = protocol.extend(state, owner);
  if (extended) yield [`process ${number} extends the lease`, promise(world, key, extended, owner)];
  const released = protocol.release(state, owner);
  yield [`process ${number} releases the lease`, released ? withKey(done, key, released, rest) : done];
  if (flight.at === 'leading') {
    const request = (world.sent[key] ?? 0) + 1;
    const requesting = withMember(world, number, { ...flight, at: 'requesting', request });
    yield [`process ${number} sends request ${request}`, { ...requesting, sent: world.sent.with(key, request) }];
    return;
  }
  const put = protocol.put(state, owner, flight.request, seen);
  yield [`process ${number} puts the token of request ${flight.request}`, put ? withKey(done, key, put, rest) : done];
}

const withMember = (world: World, number: number, flight: Flight): World => ({
  ...world,
  members: world.members.with(number, flight),
});

const withKey = (world: World, key: number, state: KeyState, promised: readonly string[]): World => ({
  ...world,
  keys: world.keys.with(key, state),
  promised: world.promised.with(key, promised),
});

const promise = (world: World, key: number, state: KeyState, owner: string): World =>
  withKey(world, key, state, [...new Set([...(world.promised[key] ?? []), owner])]);

/** Which process is which makes no difference: worlds that differ by that alone count as one. */
function nameOf({ keys, members, flights, sent, promised }: World): string {
  const order = members
    .map((flight) => JSON.stringify(flight))
    .sort()
    .join();
  return `${JSON.stringify([keys, flights, sent, promised])}${order}`;
}
