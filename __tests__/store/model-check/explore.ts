import { inspect, isDeepStrictEqual } from 'node:util';
import { type Decision, decide, type Operation, type Protocol } from './protocol.ts';
import { nameOf } from './same-world.ts';
import { beginning, type Move, movesFrom, type World } from './world.ts';

export interface Size {
  readonly processes: number;
  readonly keys: number;
}

/** What is explored. A place stands for all that a store keeps at one point of a way. */
export interface Subject<Place> {
  readonly start: Place;
  /** Leaves the place as it is. */
  decide(place: Place, world: World, operation: Operation): Promise<Decision & { readonly place: Place }>;
  /** Told now and then which places something can begin at yet. */
  keepOnly?(places: readonly Place[]): Promise<void>;
}

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** Steps that the store decided. */
  readonly decisions: number;
  /** The shortest way to a state that must not be, and what is wrong with it. */
  readonly violation?: { readonly problem: string; readonly trail: readonly string[] };
}

interface Node<Place> {
  readonly world: World;
  readonly place: Place;
  readonly step: string;
  readonly from: Node<Place> | undefined;
}

const AT_ONCE = 2_000;

/**
 * Goes every way that things can go, breadth first, and into no state twice: until nothing new comes, however many
 * flights that takes.
 */
export async function explore<Place>(subject: Subject<Place>, { processes, keys }: Size): Promise<Exploration> {
  const start: Node<Place> = { world: beginning(processes, keys), place: subject.start, step: '', from: undefined };
  const seen = new Set([nameOf(start.world)]);
  let [steps, decisions] = [0, 0];
  for (let level = [start]; level.length > 0; ) {
    const next: Node<Place>[] = [];
    const moves = level.flatMap((from) => [...movesFrom(from.world)].map((move) => ({ from, move })));
    for (let at = 0; at < moves.length; at += AT_ONCE) {
      const taken = await Promise.all(moves.slice(at, at + AT_ONCE).map(({ from, move }) => take(subject, from, move)));
      for (const node of taken) {
        steps++;
        if (node.isDecided) decisions++;
        const problem = problemOf(node.from.world, node.world);
        if (problem !== undefined)
          return { states: seen.size, steps, decisions, violation: { problem, trail: trailTo(node) } };
        const name = nameOf(node.world);
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(node);
      }
    }
    await subject.keepOnly?.(next.map(({ place }) => place));
    level = next;
  }
  return { states: seen.size, steps, decisions };
}

async function take<Place>(subject: Subject<Place>, from: Node<Place>, { name, operation, after }: Move) {
  if (operation === undefined) {
    return { world: after(from.world, true), place: from.place, step: name, from, isDecided: false };
  }
  const { keys, did, place } = await subject.decide(from.place, from.world, operation);
  const newest = from.world.newest.map((old, key) => Math.max(old, keys[key]?.token ?? 0));
  return { world: { ...after({ ...from.world, keys }, did), newest }, place, step: name, from, isDecided: true };
}

function problemOf(before: World, after: World): string | undefined {
  for (const [key, state] of after.keys.entries()) {
    const old = before.keys[key];
    if (old === undefined || state === old) continue;
    if (state.generation < old.generation) return 'the generation went back';
    if (state.token === undefined || state.token === old.token) continue;
    if (state.generation !== old.generation + 1) return 'a token was put and not counted';
    if (state.token < (before.newest[key] ?? 0)) return 'an older token came after a newer one';
  }
  return after.promised.some((owners) => owners.length > 1) ? 'two have been promised the lease' : undefined;
}

function trailTo<Place>(end: Node<Place>): readonly string[] {
  const trail: string[] = [];
  for (let node: Node<Place> | undefined = end; node?.from !== undefined; node = node.from) trail.unshift(node.step);
  return trail;
}

/** A protocol alone, without a store. */
export function model(protocol: Protocol): Subject<undefined> {
  return {
    start: undefined,
    decide: async (place, { keys }, operation) => ({ ...decide(protocol, keys, operation), place }),
  };
}

/** A store that has to do in each step what the protocol does. */
export function inAgreement<Place>(subject: Subject<Place>, protocol: Protocol): Subject<Place> {
  return {
    start: subject.start,
    async decide(place, world, operation) {
      const decision = await subject.decide(place, world, operation);
      const { place: _place, ...got } = decision;
      const expected = decide(protocol, world.keys, operation);
      if (!isDeepStrictEqual(got, expected))
        throw new Error(
          `otherwise than expected: ${inspect({ before: world.keys, operation, got, expected }, { depth: 9 })}`,
        );
      return decision;
    },
    keepOnly: async (places) => subject.keepOnly?.(places),
  };
}
