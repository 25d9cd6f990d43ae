import { EMPTY_STATE, extend, invalidate, type KeyState, look, put, release, stateAt, wasPut } from '../key-state.ts';
import { writeNews } from '../news-feed.ts';
import type { StoreNews } from '../token-store.ts';
import {
  ANY,
  type Answers,
  addressOf,
  NEWS,
  type Operation,
  type Questions,
  type SealedFailure,
  type SealedToken,
} from './object-messages.ts';

/** What is used of a `DurableObjectState`. */
export interface ObjectState {
  readonly storage: {
    get(key: string): Promise<unknown>;
    put(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<unknown>;
    list(): Promise<ReadonlyMap<string, unknown>>;
    getAlarm(): Promise<number | null>;
    setAlarm(scheduledMs: number): Promise<void>;
  };
  acceptWebSocket(socket: never): void;
  getWebSockets(): readonly { send(message: string): void }[];
}

type State = KeyState<SealedToken, SealedFailure>;

/** A state as it is written. */
interface Entry {
  readonly version: 1;
  readonly writtenMs: number;
  readonly state: State;
}

type Decision = readonly [answer: Answers[Operation], next?: State | undefined, news?: StoreNews];

const CLEAN_UP_EVERY_MS = 24 * 60 * 60 * 1_000;

/**
 * The Durable Object that `durableObjectStore` speaks to: export it from the Worker's main module and bind it there. What
 * it keeps outlives its eviction; tokens come to it sealed.
 *
 * Its storage decides when an operation begins (the input gate) and when it is answered (the output gate), so that each is
 * one step, and none is told of that is not written.
 */
export class TokenStoreObject {
  /** By this the types of Workers know such a class. */
  declare readonly __DURABLE_OBJECT_BRAND: never;
  readonly #state: ObjectState;
  #hasAlarm = false;

  constructor(state: ObjectState) {
    this.#state = state;
  }

  async fetch(request: Request): Promise<Response> {
    if (request.url === addressOf(NEWS)) return this.#subscribe();
    const { key, ...question } = (await request.json()) as { readonly key: string };
    const entry = (await this.#state.storage.get(key)) as Entry | undefined;
    const known = entry?.version === 1 ? entry : undefined;
    // The clock of another machine, after a move, may be behind: no life grows by that.
    const nowMs = Math.max(Date.now(), known?.writtenMs ?? 0);
    const state = stateAt<SealedToken, SealedFailure>(known?.state ?? EMPTY_STATE, nowMs);
    const decision = decide(request.url, key, question, state, nowMs);
    if (decision === undefined) return new Response(null, { status: 404 });
    const [answer, next, news] = decision;
    if (next !== undefined) await this.#write(key, { version: 1, writtenMs: nowMs, state: next });
    if (news !== undefined) this.#tell(news);
    return Response.json(answer);
  }

  /** Forgets what need not be remembered any more. */
  async alarm(): Promise<void> {
    const { storage } = this.#state;
    const nowMs = Date.now();
    let isEmpty = true;
    for (const [key, entry] of await storage.list()) {
      const { version, state } = entry as Entry;
      if (version === 1 && state.forgetMs <= nowMs) await storage.delete(key);
      else isEmpty = false;
    }
    if (!isEmpty) await storage.setAlarm(nowMs + CLEAN_UP_EVERY_MS);
    this.#hasAlarm = !isEmpty;
  }

  /** Nobody has anything to tell an object this way. */
  webSocketMessage(): void {}

  async #write(key: string, entry: Entry): Promise<void> {
    const { storage } = this.#state;
    await storage.put(key, entry);
    if (this.#hasAlarm) return;
    if ((await storage.getAlarm()) === null) await storage.setAlarm(entry.writtenMs + CLEAN_UP_EVERY_MS);
    this.#hasAlarm = true;
  }

  #subscribe(): Response {
    const { WebSocketPair } = globalThis as unknown as { WebSocketPair: new () => Readonly<Record<0 | 1, unknown>> };
    const pair = new WebSocketPair();
    this.#state.acceptWebSocket(pair[1] as never); // keeps no object from being evicted
    return new Response(null, { status: 101, webSocket: pair[0] } as ResponseInit);
  }

  #tell(news: StoreNews): void {
    for (const socket of this.#state.getWebSockets()) {
      try {
        socket.send(writeNews(news));
      } catch {} // one that is just closing
    }
  }
}

function decide(url: string, key: string, question: unknown, state: State, nowMs: number): Decision | undefined {
  const asked = <O extends Operation>(operation: O): Questions[O] | undefined =>
    url === addressOf(operation) ? (question as Questions[O]) : undefined;
  const settled: StoreNews = { type: 'settled', key };

  const looking = asked('look');
  if (looking) {
    const { ask, shut } = looking;
    return look(state, ask, nowMs, ({ sealed }) => shut.includes(sealed) || shut.includes(ANY));
  }
  const extending = asked('extend');
  if (extending) return did(extend(state, extending.owner, extending.leaseMs, nowMs));
  const putting = asked('put');
  if (putting) {
    const { owner, token, remainingMs } = putting;
    const next = put(state, owner, token, remainingMs, nowMs);
    const kept = next ?? (wasPut(state, token.id) ? state : undefined);
    if (kept?.token === undefined) return [null];
    const answer = { generation: kept.generation, remainingMs: kept.token.endsMs - nowMs };
    return next === undefined ? [answer] : [answer, next, settled];
  }
  const releasing = asked('release');
  if (releasing) return did(release(state, releasing.owner, releasing.failure, nowMs), settled);
  const { tokenId, forcedRefreshIntervalMs } = asked('invalidate') ?? {};
  if (tokenId === undefined || forcedRefreshIntervalMs === undefined) return undefined;
  return did(invalidate(state, tokenId, forcedRefreshIntervalMs, nowMs), { type: 'invalidated', key, tokenId });
}

function did(next: State | undefined, news?: StoreNews): Decision {
  return next === undefined ? [false] : [true, next, news as StoreNews];
}
