import { text } from 'node:stream/consumers';
import { tokenId } from '../../src/values/digest.ts';
import { LoopbackServer } from '../servers/loopback-server.ts';
import { issueToken, LONG_LIVED } from './issued-token.ts';

export interface Granted {
  /** Which worker asked. */
  readonly worker: number;
  readonly scope: string | null;
  readonly tokenId: string;
}

/** A token request that is not answered until a test says so. */
export interface HeldRequest extends Granted {
  answer(): void;
}

/** A token endpoint that is always up, and counts. Its tokens say when they end. */
export class Authority {
  readonly url: string;
  readonly requests: Granted[] = [];
  readonly #server: LoopbackServer;
  #holding: ((held: HeldRequest) => void) | undefined;

  private constructor(server: LoopbackServer) {
    this.url = `${server.origin}/token`;
    this.#server = server;
  }

  static async start(lifetimeMs: number): Promise<Authority> {
    let serial = 0;
    const server = await LoopbackServer.start(async (request, response) => {
      const scope = new URLSearchParams(await text(request)).get('scope');
      const livesMs = scope === LONG_LIVED ? LONG_LIFETIME_MS : lifetimeMs;
      const value = issueToken(++serial, Date.now() + livesMs);
      const granted = { worker: Number(request.headers['x-worker']), scope, tokenId: await tokenId(value) };
      authority.requests.push(granted);
      const answer = (): void => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ access_token: value, token_type: 'Bearer', expires_in: livesMs / 1_000 }));
      };
      const hold = authority.#holding;
      authority.#holding = undefined;
      if (hold) hold({ ...granted, answer });
      else setTimeout(answer, LATENCY_MS);
    });
    const authority = new Authority(server);
    return authority;
  }

  /** Resolves with the next token request, which is held. */
  holdNext(): Promise<HeldRequest> {
    return new Promise((resolve) => {
      this.#holding = resolve;
    });
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

const LATENCY_MS = 50;
const LONG_LIFETIME_MS = 600_000;
