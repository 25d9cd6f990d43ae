import type { BodyKeeper, KeptBody } from './kept-body.ts';
import type { ReplayPolicy } from './replay-policy.ts';
import { SpareBody } from './spare-body.ts';

/** The body inside a `Request`, of which a copy is kept, up to a size. */
export class BodyOfRequest implements BodyKeeper {
  /** The request itself brings it. */
  readonly body = undefined;
  readonly #replay: ReplayPolicy;
  readonly #request: Request;

  #spare: SpareBody | undefined;

  constructor(replay: ReplayPolicy, request: Request) {
    this.#replay = replay;
    this.#request = request;
  }

  async keep(): Promise<KeptBody> {
    if (!this.#request.body) return { description: { bytes: 0 } };
    this.#spare = new SpareBody(this.#request, this.#replay.maxBodyBytes);
    const copy = await this.#spare.whole;
    return typeof copy === 'string' ? { description: copy } : { description: { bytes: copy.byteLength }, body: copy };
  }

  drop(): void {
    this.#spare?.stop();
  }
}
