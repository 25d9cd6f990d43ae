import { copyOfBody } from './copy-of-body.ts';
import type { BodyKeeper, KeptBody } from './kept-body.ts';
import type { ReplayPolicy } from './replay-policy.ts';
import { describeBody } from './sent-body.ts';

/** A body as a caller gives it to fetch, which takes it as it is at that moment, whatever becomes of it afterwards. */
export class BodyInMemory implements BodyKeeper {
  /** What is to be sent the first time. */
  body: RequestInit['body'];
  readonly #replay: ReplayPolicy;
  #isHeld = false;

  constructor(replay: ReplayPolicy, body: RequestInit['body']) {
    this.#replay = replay;
    this.body = body;
  }

  hold(): void {
    this.body = copyOfBody(this.body);
    this.#isHeld = true;
  }

  keep(): KeptBody {
    const body = this.#isHeld ? this.body : copyOfBody(this.body, this.#replay.maxBodyBytes);
    return { description: describeBody(body), body };
  }
}
