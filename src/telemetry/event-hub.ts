import { eventChannel } from './diagnostics.ts';
import type { TokenEvent, TokenEventListener } from './events.ts';

/** Tells events to listeners and to the diagnostics channel. A listener that fails disturbs nobody. */
export class EventHub {
  readonly #listeners = new Set<TokenEventListener>();
  readonly #publish = withoutEcho((event) => eventChannel?.publish(event));

  /** Whether anybody listens. Ask before making an event, so that silence costs nothing. */
  get isHeard(): boolean {
    return this.#listeners.size > 0 || eventChannel?.hasSubscribers === true;
  }

  /** @returns a function that ends the subscription */
  subscribe(listener: TokenEventListener): () => void {
    const entry = withoutEcho(listener); // of its own: the same listener may be added twice
    this.#listeners.add(entry);
    return () => {
      this.#listeners.delete(entry);
    };
  }

  emit(event: TokenEvent): void {
    // As they are now: one that subscribes another each time it is told would have no end.
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) tell(listener, event);
    if (eventChannel?.hasSubscribers === true) this.#publish(event);
  }
}

/** Keeps from a listener what it causes itself while it is told the same kind of event: that would go round for ever. */
function withoutEcho(listener: TokenEventListener): TokenEventListener {
  const telling = new Set<TokenEvent['type']>();
  return (event) => {
    if (telling.has(event.type)) return undefined;
    telling.add(event.type);
    try {
      return listener(event);
    } finally {
      telling.delete(event.type);
    }
  };
}

function tell(listener: TokenEventListener, event: TokenEvent): void {
  try {
    const returned: unknown = listener(event);
    // An async listener's rejection must not end the process either. Its promise may be of another realm.
    if (typeof returned === 'object' && returned !== null) Promise.resolve(returned).catch(() => {});
  } catch {
    // A listener's fault is its own: a token is still a token.
  }
}

const hubs = new WeakMap<object, EventHub>();

/** Makes a token source's hub known to the layers that see no more of it than `getToken` and `invalidate`. */
export function publishEventHub(source: object, hub: EventHub): void {
  hubs.set(source, hub);
}

/** The hub of a token source; undefined for one that tells nothing. */
export function eventHubOf(source: object): EventHub | undefined {
  return hubs.get(source);
}
