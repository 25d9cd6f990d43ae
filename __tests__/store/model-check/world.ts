import { empty, type KeyState, type Operation } from './protocol.ts';

/** What a process is at: nothing, or a flight that has the lease by what it was told, and then a request out as well. */
export type Flight =
  | { readonly at: 'idle' }
  | { readonly at: 'leading'; readonly key: number; readonly owner: string; readonly seen: number }
  | {
      readonly at: 'requesting';
      readonly key: number;
      readonly owner: string;
      readonly seen: number;
      readonly request: number;
    };

export interface World {
  readonly keys: readonly KeyState[];
  readonly members: readonly Flight[];
  /** How many flights there were. */
  readonly flights: number;
  /** Requests sent so far, for each key. */
  readonly sent: readonly number[];
  /** The newest token that each key ever had. */
  readonly newest: readonly number[];
  /** Whom the store has promised the lease of each key, until it is over or was given back by that owner. */
  readonly promised: readonly (readonly string[])[];
}

/** A step: something that is asked of the store or happens in it, and then something that happens in a process. */
export interface Move {
  readonly name: string;
  readonly operation?: Operation;
  /** @param did what the store said to it */
  after(world: World, did: boolean): World;
}

export function beginning(processes: number, keys: number): World {
  return {
    keys: Array.from({ length: keys }, () => empty),
    members: Array.from({ length: processes }, () => ({ at: 'idle' })),
    flights: 0,
    sent: Array.from({ length: keys }, () => 0),
    newest: Array.from({ length: keys }, () => 0),
    promised: Array.from({ length: keys }, () => []),
  };
}

/** Everything that can happen next. A pause is that something else happens first. */
export function* movesFrom(world: World): Generator<Move> {
  for (const [number, flight] of world.members.entries()) {
    if (flight.at === 'idle') yield* beginnings(world, number);
    else yield* goingOn(number, flight);
  }
  for (const [key, state] of world.keys.entries()) {
    const name = (what: string): string => `${what} of key ${key}`;
    if (state.owner !== undefined)
      yield {
        name: name('the lease ends'),
        operation: { kind: 'lease ends', key },
        after: (next) => ({ ...next, promised: next.promised.with(key, []) }),
      };
    if (state.hasFailure) yield happening(name('the failure ends'), { kind: 'failure ends', key });
    if (state.token === undefined) continue;
    yield happening(name('the token ends'), { kind: 'token ends', key });
    yield happening(name('the token is rejected'), { kind: 'invalidate', key, token: state.token });
  }
}

const happening = (name: string, operation: Operation): Move => ({ name, operation, after: (next) => next });

function* beginnings(world: World, number: number): Generator<Move> {
  const owner = `flight ${world.flights}`;
  for (const [key, { generation }] of world.keys.entries()) {
    for (const wants of ['any', 'newer', 'lease'] as const) {
      yield {
        name: `process ${number} looks for ${wants} of key ${key}`,
        operation: { kind: 'look', key, owner, wants },
        after: (next, did) =>
          did
            ? promise(
                withMember({ ...next, flights: next.flights + 1 }, number, {
                  at: 'leading',
                  key,
                  owner,
                  seen: generation,
                }),
                key,
                owner,
              )
            : next,
      };
    }
  }
}

function* goingOn(number: number, flight: Exclude<Flight, { at: 'idle' }>): Generator<Move> {
  const { key, owner, seen } = flight;
  const idle = (next: World): World => withMember(next, number, { at: 'idle' });
  const giveBack = (next: World, did: boolean): World => (did ? unpromise(next, key, owner) : next);
  const ending = (what: string, operation: Operation): Move => ({
    name: `process ${number} ${what}`,
    operation,
    after: (next, did) => giveBack(idle(next), did),
  });
  yield { name: `process ${number} crashes, and another comes in its place`, after: idle };
  yield {
    name: `process ${number} extends its lease`,
    operation: { kind: 'extend', key, owner },
    after: (next, did) => (did ? promise(next, key, owner) : next),
  };
  yield ending('gives its lease back', { kind: 'release', key, owner });
  if (flight.at === 'leading') {
    yield {
      name: `process ${number} sends its request`,
      after: (next) => {
        const request = (next.sent[key] ?? 0) + 1;
        return {
          ...withMember(next, number, { ...flight, at: 'requesting', request }),
          sent: next.sent.with(key, request),
        };
      },
    };
    return;
  }
  const { request } = flight;
  const put: Operation = { kind: 'put', key, owner, request, seen };
  yield ending('fails, and says so', { kind: 'fail', key, owner });
  yield ending(`puts the token of request ${request}`, put);
  yield {
    name: `process ${number} puts the token of request ${request}, and is not answered`,
    operation: put,
    after: giveBack,
  };
}

const withMember = (world: World, number: number, flight: Flight): World => ({
  ...world,
  members: world.members.with(number, flight),
});

const promise = (world: World, key: number, owner: string): World => ({
  ...world,
  promised: world.promised.with(key, [...new Set([...(world.promised[key] ?? []), owner])]),
});

const unpromise = (world: World, key: number, owner: string): World => ({
  ...world,
  promised: world.promised.with(
    key,
    (world.promised[key] ?? []).filter((other) => other !== owner),
  ),
});
