import type { SentBody } from './replay-policy.ts';

/** A body, as far as it can be had a second time. */
export interface KeptBody {
  readonly description: SentBody;
  /** Undefined: there is none, or the request still has it. */
  readonly body?: RequestInit['body'];
}

/** That of which nothing is kept. */
export const SPENT: KeptBody = { description: 'spent' };

/** The body of one request, and whatever is needed to have it a second time. */
export interface BodyKeeper {
  /** Called if a token has to be waited for, before that: what the body is now is what will be sent. */
  hold?(): void;
  /** Called right before it is sent, which uses the body up, and only if it may be sent again. Never rejects. */
  keep(): Promise<KeptBody> | KeptBody;
  /** Called once it is known that it will not be sent again. */
  drop?(): void;
}
