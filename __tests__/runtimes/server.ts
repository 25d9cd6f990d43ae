import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { EmbeddedJWK, jwtVerify } from 'jose';
import { Gate } from '../servers/gate.ts';
import { LoopbackServer } from '../servers/loopback-server.ts';

/** What a check can ask of its servers. */
export interface Behaviour {
  /** Hold token requests. */
  readonly isShut?: boolean;
  /** Status of the token endpoint's answers: 200, or one of a failure. */
  readonly status?: number;
  /** How often `status` is answered. Default: until told otherwise. */
  readonly times?: number;
  /** A token that the API answers with 401. */
  readonly rejected?: string;
  /** Give tokens that are bound to a key only, and want proofs with a nonce. */
  readonly wantsProof?: boolean;
}

/** What the servers have seen. */
export interface Observed {
  readonly tokenRequests: number;
  /** The tokens of the API requests, in order. */
  readonly apiRequests: readonly string[];
  readonly bodies: readonly string[];
  /** What was wrong with the proofs, apart from a missing nonce. */
  readonly proofProblems: readonly string[];
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const NONCE = 'nonce-1';

/** The token endpoint and the API of one check. */
class RealmServer {
  readonly #name: string;
  readonly #gate = new Gate();
  readonly #bodies: string[] = [];
  readonly #apiRequests: string[] = [];
  readonly #proofProblems: string[] = [];
  #behaviour: Behaviour = {};
  #refusalsLeft = 0;
  #tokenRequests = 0;
  #granted = 0;

  constructor(name: string) {
    this.#name = name;
  }

  async answer(path: string, request: IncomingMessage, origin: string): Promise<Answer> {
    const body = await text(request);
    const url = `${origin}/${this.#name}/${path}`;
    if (path === 'tell') return this.#tell(JSON.parse(body));
    if (path === 'told') return json(200, this.#observed());
    if (path === '.well-known') return this.#describe(`${origin}/${this.#name}`);
    return path === 'token' ? this.#grant(request, url) : this.#serve(request, url, body);
  }

  #tell(behaviour: Behaviour): Answer {
    this.#behaviour = { ...this.#behaviour, ...behaviour };
    if (behaviour.status !== undefined) this.#refusalsLeft = behaviour.times ?? Number.POSITIVE_INFINITY;
    if (behaviour.isShut) this.#gate.shut();
    else this.#gate.open();
    return json(200, {});
  }

  /** Held and counted as token requests are. */
  async #describe(issuer: string): Promise<Answer> {
    this.#tokenRequests++;
    await this.#gate.pass();
    return json(200, { issuer, token_endpoint: `${issuer}/token` });
  }

  #observed(): Observed {
    return {
      tokenRequests: this.#tokenRequests,
      apiRequests: this.#apiRequests,
      bodies: this.#bodies,
      proofProblems: this.#proofProblems,
    };
  }

  async #grant(request: IncomingMessage, url: string): Promise<Answer> {
    this.#tokenRequests++;
    await this.#gate.pass();
    const { status = 200, wantsProof = false } = this.#behaviour;
    if (status !== 200 && this.#refusalsLeft-- > 0)
      return json(status, status < 500 ? { error: 'invalid_client' } : {});
    if (wantsProof && !(await this.#isProven(request, url))) {
      return json(400, { error: 'use_dpop_nonce' }, { 'dpop-nonce': NONCE });
    }
    this.#granted++;
    const token_type = wantsProof ? 'DPoP' : 'Bearer';
    return json(200, { access_token: `${this.#name}.${this.#granted}`, token_type, expires_in: 3_600 });
  }

  async #serve(request: IncomingMessage, url: string, body: string): Promise<Answer> {
    const { rejected, wantsProof } = this.#behaviour;
    const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
    this.#apiRequests.push(token);
    this.#bodies.push(body);
    const isGood = scheme === (wantsProof ? 'DPoP' : 'Bearer') && token !== rejected;
    if (!isGood) return { status: 401, body: '', headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
    if (wantsProof && !(await this.#isProven(request, url, token))) {
      const headers = { 'www-authenticate': 'DPoP error="use_dpop_nonce"', 'dpop-nonce': NONCE };
      return { status: 401, body: '', headers };
    }
    return { status: 200, body: 'welcome' };
  }

  /** False for want of the nonce. Whatever else is wrong is noted (RFC 9449 §4.3). */
  async #isProven(request: IncomingMessage, url: string, token?: string): Promise<boolean> {
    try {
      const { payload } = await jwtVerify(String(request.headers['dpop']), EmbeddedJWK, { typ: 'dpop+jwt' });
      if (payload['htm'] !== request.method || payload['htu'] !== url) throw new Error('it is for another request');
      const ath = token === undefined ? undefined : createHash('sha256').update(token).digest('base64url');
      if (payload['ath'] !== ath) throw new Error('it is for another token');
      return payload['nonce'] === NONCE;
    } catch (error) {
      this.#proofProblems.push(String(error));
      return true;
    }
  }
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}

// Pages come from another origin.
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'authorization, content-type, dpop',
  'access-control-expose-headers': 'www-authenticate, dpop-nonce, retry-after',
};

/** Token endpoints and APIs at `/<realm>/token` and `/<realm>/api`; each realm comes to be when it is first named. */
export async function startServer(): Promise<LoopbackServer> {
  const realms = new Map<string, RealmServer>();
  const server = await LoopbackServer.start(async (request, response) => {
    const [, name = '', path = ''] = (request.url ?? '').split('/');
    const realm = realms.get(name) ?? new RealmServer(name);
    realms.set(name, realm);
    const isPreflight = request.method === 'OPTIONS';
    const answer = isPreflight ? { status: 204, body: '' } : await realm.answer(path, request, server.origin);
    response.writeHead(answer.status, { ...CORS, ...('headers' in answer ? answer.headers : {}) }).end(answer.body);
  });
  return server;
}
