import type { StoreNews } from './token-store.ts';

const MIN_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

/**
 * Subscribes to a channel.
 *
 * @param onEnd told once if the subscription ended, or never came about, and will not come back by itself
 * @returns ends the subscription
 */
export type Listen = (channel: string, onMessage: (message: string) => void, onEnd: () => void) => () => void;

/** What others did, as it is published: one subscription, as long as anybody listens. */
export class NewsFeed {
  readonly #channel: string;
  readonly #listen: Listen | undefined;
  readonly #listeners = new Set<{ readonly tell: (news: StoreNews) => void }>();
  /** The subscription that counts: what one before it still tells is too late. */
  #turn: object | undefined;
  #stop: (() => void) | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #pauseMs = MIN_PAUSE_MS;

  constructor(channel: string, listen: Listen | undefined) {
    this.#channel = channel;
    this.#listen = listen;
  }

  add(tell: (news: StoreNews) => void): () => void {
    const listener = { tell };
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#begin();
    return () => {
      if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.#end();
    };
  }

  close(): void {
    this.#listeners.clear();
    this.#end();
  }

  #begin(): void {
    this.#retry = undefined;
    const tellAll = (message: string): void => {
      this.#pauseMs = MIN_PAUSE_MS;
      const news = readNews(message);
      if (news === undefined) return;
      for (const { tell } of [...this.#listeners]) {
        try {
          tell(news);
        } catch {} // a listener's own fault is no reason to keep news from the others
      }
    };
    const turn = {};
    this.#turn = turn;
    const beginLater = (): void => {
      if (this.#turn === turn) this.#beginLater();
    };
    try {
      this.#stop = this.#listen?.(this.#channel, tellAll, beginLater);
    } catch {
      beginLater();
    }
  }

  #beginLater(): void {
    this.#turn = undefined;
    this.#stop = undefined;
    this.#retry = setTimeout(() => this.#begin(), this.#pauseMs);
    (this.#retry as { unref?: () => void }).unref?.();
    this.#pauseMs = Math.min(MAX_PAUSE_MS, this.#pauseMs * 2);
  }

  #end(): void {
    this.#turn = undefined;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#stop?.();
    this.#stop = undefined;
  }
}

export function writeNews(news: StoreNews): string {
  return news.type === 'settled' ? `settled ${news.key}` : `invalidated ${news.key} ${news.tokenId}`;
}

/** Anybody may publish to the channel: what is not ours is not news. */
function readNews(message: string): StoreNews | undefined {
  const [type, key, tokenId, more] = message.split(' ');
  if (!key || more !== undefined) return undefined;
  if (type === 'settled' && tokenId === undefined) return { type, key };
  return type === 'invalidated' && tokenId ? { type, key, tokenId } : undefined;
}
