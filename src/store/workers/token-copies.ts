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
/** A tier may go on for a while to give what was deleted there; so many ids are remembered. */
const MAX_REJECTED = 100;

/**
 * Copies of the tokens that an object holds, near those who read them. A copy may be older than what the object holds, or
 * than a rejection. Nothing here fails, or keeps anybody waiting for long.
 */
export class TokenCopies {
  readonly #tier: ReadTier;
  readonly #prefix: string;
  readonly #rejected = new Set<string>();

  /** @param object the name of the object */
  constructor(tier: ReadTier, object: string) {
    this.#tier = tier;
    this.#prefix = `tokenflight/${encodeURIComponent(object)}/`;
  }

  /** The copy, if its token will do. */
  async look(key: string, ask: StoreAsk): Promise<KeptToken | undefined> {
    if (ask.always) return undefined;
    const copy = readCopy(await inTime(() => this.#tier.read(this.#prefix + key)));
    if (copy === undefined || this.#rejected.has(copy.token.id)) return undefined;
    const { token: stored, generation, writtenMs, endsMs } = copy;
    const nowMs = Math.max(Date.now(), writtenMs); // no life grows by a clock that is behind
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
    const written = quietly(() => this.#tier.write(this.#prefix + key, JSON.stringify(copy), remainingMs));
    try {
      this.#tier.waitUntil(written);
    } catch {} // outside of a request: it lives as long as it can
  }

  /** Of a token that was rejected. */
  async drop(key: string, tokenId: string): Promise<void> {
    this.#rejected.add(tokenId);
    const [oldest = ''] = this.#rejected;
    if (this.#rejected.size > MAX_REJECTED) this.#rejected.delete(oldest);
    await inTime(() => this.#tier.delete(this.#prefix + key));
  }
}

async function quietly<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch {
    return undefined; // the object is still there
  }
}

async function inTime<T>(run: () => Promise<T>): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MS, undefined);
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
