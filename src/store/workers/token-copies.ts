import { look } from '../key-state.ts';
import type { StoreAsk } from '../token-store.ts';
import type { KeptToken, SealedToken } from './object-messages.ts';
import type { ReadTier } from './read-tier.ts';

/** A token as it was in the object at an instant. */
interface Copy {
  readonly version: 1;
  readonly token: SealedToken;
  readonly generation: number;
  readonly writtenMs: number;
  readonly endsMs: number;
}

/** What is no nearer than this is not worth a copy. */
const PATIENCE_MS = 250;
/** One that was slower than that is left out for so long. */
const REST_MS = 10_000;
/** A tier may go on for a while to give what was deleted there; so many ids are remembered. */
const MAX_REJECTED = 100;

/**
 * Copies of the tokens that an object holds, near those who read them. A copy may be older than what the object holds, or
 * than a rejection: it is for who has no token, and knows of none that will not do. Nothing here fails, or keeps anybody
 * waiting for long.
 *
 * A copy tells its end by the wall clock of who wrote it. Read by a clock that is behind, its token lives longer by that
 * much, though never longer than it had to live when it was copied.
 */
export class TokenCopies {
  readonly #tier: ReadTier;
  readonly #prefix: string;
  readonly #rejected = new Set<string>();
  #restsUntilMs = 0;

  /** @param object the name of the object */
  constructor(tier: ReadTier, object: string) {
    this.#tier = tier;
    this.#prefix = `tokenflight/${encodeURIComponent(object)}/`;
  }

  /** The copy, if its token will do. */
  async look(key: string, ask: StoreAsk): Promise<KeptToken | undefined> {
    if (ask.always || ask.unwantedId !== undefined || Date.now() < this.#restsUntilMs) return undefined;
    const rest = (): void => {
      this.#restsUntilMs = Date.now() + REST_MS;
    };
    const copy = readCopy(await inTime(() => this.#tier.read(this.#prefix + key), rest));
    if (copy === undefined || this.#rejected.has(copy.token.id)) return undefined;
    const { token: stored, generation, writtenMs, endsMs } = copy;
    const nowMs = Math.max(Date.now(), writtenMs);
    const [{ token }] = look({ token: { stored, endsMs }, generation, forgetMs: endsMs }, ask, nowMs);
    return token && { ...token, generation };
  }

  /**
   * Beside everything else.
   *
   * @param askedMs when the object was asked: what its token had left counts from there
   */
  keep(key: string, { token, remainingMs, generation }: KeptToken, askedMs: number): void {
    if (remainingMs <= token.marginMs || this.#rejected.has(token.id)) return;
    const copy: Copy = { version: 1, token, generation, writtenMs: askedMs, endsMs: askedMs + remainingMs };
    this.#beside(() => this.#tier.write(this.#prefix + key, JSON.stringify(copy), remainingMs));
  }

  /**
   * Of a token that was rejected, beside everything else.
   *
   * @param told the object knows it, or cannot be asked: before that, somebody might copy the token once more
   */
  drop(key: string, tokenId: string, told: Promise<unknown>): void {
    this.#rejected.add(tokenId);
    const [oldest = ''] = this.#rejected;
    if (this.#rejected.size > MAX_REJECTED) this.#rejected.delete(oldest);
    this.#beside(async () => {
      await told.catch(() => {});
      await this.#tier.delete(this.#prefix + key);
    });
  }

  #beside(run: () => Promise<unknown>): void {
    const work = quietly(run);
    try {
      this.#tier.waitUntil(work);
    } catch {} // outside of a request: it lives as long as it can
  }
}

async function quietly<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch {
    return undefined; // the object is still there
  }
}

async function inTime<T>(run: () => Promise<T>, onLate: () => void): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    const end = (): void => {
      onLate();
      resolve(undefined);
    };
    timer = setTimeout(end, PATIENCE_MS);
  });
  return Promise.race([quietly(run), late]).finally(() => clearTimeout(timer));
}

/** Undefined: it is no copy, whatever it is. What its token holds is not looked at before it is opened. */
function readCopy(text: string | null | undefined): Copy | undefined {
  try {
    const copy = JSON.parse(text ?? 'null') as Copy | null;
    const numbers = [copy?.generation, copy?.writtenMs, copy?.endsMs, copy?.token.lifetimeMs, copy?.token.marginMs];
    const texts = [copy?.token.id, copy?.token.sealed];
    const isCopy =
      copy?.version === 1 && numbers.every(Number.isFinite) && texts.every((member) => typeof member === 'string');
    return isCopy ? copy : undefined;
  } catch {
    return undefined;
  }
}
