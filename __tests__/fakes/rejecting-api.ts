import { Authoriser } from '../../src/resource/authoriser.ts';
import type { TokenSource } from '../../src/values/token-source.ts';

const url = new URL('https://api.example/things');

/** Calls, as an adapter makes them, of a server that answers 401 to whatever it is sent. */
export class RejectedCalls {
  calls = 0;
  /** Requests sent to the server, replays included. */
  sent = 0;
  readonly #authoriser: Authoriser;

  constructor(source: TokenSource) {
    this.#authoriser = new Authoriser(source, { origins: url.origin });
  }

  async callOnceRejected(): Promise<void> {
    this.calls++;
    let token = await this.#authoriser.getToken();
    for (const isReplay of [false, true]) {
      this.sent++;
      const sent = { url, method: 'GET', body: { bytes: 0 }, token, isReplay };
      const newer = await this.#authoriser.tokenForReplay(sent, { status: 401, wwwAuthenticate: null });
      if (newer === undefined) return;
      token = newer;
    }
  }
}
