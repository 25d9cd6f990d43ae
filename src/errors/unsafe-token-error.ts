import { TokenflightError } from './tokenflight-error.ts';

/**
 * A token or its type is no text, empty, or holds a byte that must not reach a header (anything but visible ASCII, 0x21 to 0x7E).
 * Only a hand-made `TokenSource` can cause it: answers of a token endpoint are checked when they are read.
 */
export class UnsafeTokenError extends TokenflightError {
  readonly code = 'ERR_TOKENFLIGHT_UNSAFE_TOKEN';

  constructor() {
    super('the token or its type is empty or holds characters outside visible ASCII: it was not sent');
  }
}
