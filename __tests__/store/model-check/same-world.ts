import type { KeyState } from './protocol.ts';
import type { Flight, World } from './world.ts';

type Busy = Exclude<Flight, { at: 'idle' }>;

/**
 * A name that two worlds share if nothing that can happen in the one cannot happen in the other. Which process is which
 * makes no difference, nor which key; of owners, requests and generations it only matters which are the same, and which
 * is newer.
 */
export function nameOf(world: World): string {
  const parts = world.keys.map((state, key) => {
    const flights = world.members.filter((flight): flight is Busy => flight.at !== 'idle' && flight.key === key);
    return nameOfKey(state, world.promised[key] ?? [], world.newest[key] ?? 0, flights);
  });
  return parts.sort().join('|');
}

function nameOfKey(state: KeyState, promised: readonly string[], newest: number, flights: readonly Busy[]): string {
  const requests = flights.flatMap((flight) => (flight.at === 'requesting' ? [flight.request] : []));
  const ranked = [...new Set([newest, ...(state.token === undefined ? [] : [state.token]), ...requests])].sort(
    (one, other) => one - other,
  );
  const isOurs = (owner: string): boolean => flights.some((flight) => flight.owner === owner);
  const owner = state.owner === undefined ? 'free' : isOurs(state.owner) ? 'held' : 'held by one that is gone';
  const beliefs = promised.filter((other) => !isOurs(other)).length;
  const marks = `${state.wasRejected ? 'r' : ''}${state.hasFailure ? 'f' : ''}`;
  const token = state.token === undefined ? '' : ranked.indexOf(state.token);
  const members = flights.map((flight) => {
    const holds = state.owner === flight.owner ? 'h' : '';
    const believes = promised.includes(flight.owner) ? 'p' : '';
    const knows = flight.seen === state.generation ? 's' : '';
    return `${holds}${believes}${knows}${flight.at === 'requesting' ? ranked.indexOf(flight.request) : ''}`;
  });
  return `${owner},${beliefs},${token},${ranked.indexOf(newest)},${marks},${members.sort().join(' ')},${members.length}`;
}
