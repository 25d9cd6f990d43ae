import type { TokenEvent } from 'tokenflight';
import { type Library, Realm } from './realm.ts';

export interface CheckResult {
  readonly name: string;
  /** Undefined if it passed. */
  readonly problem: string | undefined;
}

const LONGEST_CHECK_MS = 20_000;

type Check = (realm: Realm) => Promise<void>;

/** What has to hold on every platform. Nothing here but the web's own interfaces, and no test runner. */
const checks: Readonly<Record<string, Check>> = {
  async 'the first call gets a token'(realm) {
    const token = await realm.provider().getToken();
    equal(token.value, realm.token(1));
    equal(token.tokenType, 'Bearer');
    equal(`${token}`.includes(token.value) || JSON.stringify(token).includes(token.value), false);
  },

  async 'a cached token is the answer at once'(realm) {
    const provider = realm.provider();
    const token = await provider.getToken();
    equal(await provider.getToken(), token);
    equal(provider.peek(), token);
    equal((await realm.told()).tokenRequests, 1);
  },

  async 'a hundred callers share one request'(realm) {
    await realm.tell({ isShut: true });
    const provider = realm.provider();
    const calls = Array.from({ length: 100 }, () => provider.getToken());
    await realm.tell({ isShut: false });
    equal(new Set(await Promise.all(calls)).size, 1);
    equal((await realm.told()).tokenRequests, 1);
  },

  async 'distinct scopes are distinct tokens'(realm) {
    const provider = realm.provider();
    const [one, same, other] = await Promise.all([
      provider.getToken({ scope: 'a b' }),
      provider.getToken({ scope: ['b', 'a'] }),
      provider.getToken({ scope: 'c' }),
    ]);
    equal(one, same);
    equal(one === other, false);
    equal((await realm.told()).tokenRequests, 2);
  },

  async 'a stale token is the answer while it is refreshed behind'(realm) {
    const provider = realm.provider();
    const first = await provider.getToken();
    realm.advance(3_000_000); // of an hour: past the refresh point, before the end
    const refreshed = nextEvent(provider, 'refresh-succeeded');
    equal(await provider.getToken(), first);
    await refreshed;
    equal((await provider.getToken()).value, realm.token(2));
  },

  async 'an expired token is not handed out'(realm) {
    const provider = realm.provider();
    await provider.getToken();
    realm.advance(3_600_001);
    equal(provider.peek(), undefined);
    equal((await provider.getToken()).value, realm.token(2));
  },

  async 'fetch sends the token, and once more with a newer one after a 401'(realm) {
    const call = realm.fetch();
    equal(await (await call(realm.api)).text(), 'welcome');
    await realm.tell({ rejected: realm.token(1) });
    const answer = await call(new Request(realm.api, { method: 'POST', body: 'twice if need be' }));
    equal(answer.status, 200);
    equal((await realm.told()).apiRequests.join(), `${realm.token(1)},${realm.token(1)},${realm.token(2)}`);
    equal((await realm.told()).bodies.join(), ',twice if need be,twice if need be');
  },

  async 'fetch sends a body as it was when it was called'(realm) {
    const call = realm.fetch();
    const form = new URLSearchParams({ page: '1' });
    const first = call(realm.api, { method: 'POST', body: form }); // waits for a token
    form.set('page', '2');
    await (await first).text();
    await realm.tell({ rejected: realm.token(1) });
    const second = call(realm.api, { method: 'POST', body: form }); // is sent again
    form.set('page', '3');
    equal((await second).status, 200);
    equal((await realm.told()).bodies.join(), 'page=1,page=2,page=2');
  },

  async 'fetch sends a Request that says where it comes from, where it can say so'(realm) {
    const init: RequestInit =
      'referrerPolicy' in Request.prototype ? { referrer: '', referrerPolicy: 'no-referrer' } : {};
    equal(await (await realm.fetch()(new Request(realm.api, init))).text(), 'welcome');
    equal((await realm.told()).apiRequests.join(), realm.token(1));
  },

  async 'fetch sends no token to another origin'(realm) {
    const error = await rejection(realm.fetch()('https://elsewhere.example/'));
    equal(realm.library.isTokenflightError(error, 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED'), true);
  },

  async 'a refusal answers further callers until its cool-down is over'(realm) {
    await realm.tell({ status: 401 });
    const provider = realm.provider();
    const error = await rejection(provider.getToken());
    equal(realm.library.isTokenflightError(error, 'ERR_TOKENFLIGHT_REQUEST_REJECTED'), true);
    equal((error as { error?: unknown }).error, 'invalid_client');
    equal(await rejection(provider.getToken()), error);
    equal((await realm.told()).tokenRequests, 1);
    await realm.tell({ status: 200 });
    realm.advance(60_000);
    equal((await provider.getToken()).value, realm.token(1));
  },

  async 'a passing failure is repeated within the call'(realm) {
    await realm.tell({ status: 503, times: 2 });
    equal((await realm.provider().getToken()).value, realm.token(1));
    equal((await realm.told()).tokenRequests, 3);
  },

  async 'one caller can give up without the others'(realm) {
    await realm.tell({ isShut: true });
    const provider = realm.provider();
    const leaving = new AbortController();
    const patient = provider.getToken();
    const hasty = rejection(provider.getToken(undefined, { signal: leaving.signal }));
    const reason = new Error('no time');
    leaving.abort(reason);
    equal(await hasty, reason);
    await realm.tell({ isShut: false });
    equal((await patient).value, realm.token(1));
    equal((await realm.told()).tokenRequests, 1);
  },

  async 'a token can be bound to a key, and each proof to its request'(realm) {
    await realm.tell({ wantsProof: true });
    const source = realm.provider({ dpop: realm.library.dpop({ required: true }) });
    const answer = await realm.fetch(source)(realm.api);
    equal(await answer.text(), 'welcome');
    equal((await source.getToken()).tokenType, 'DPoP');
    equal((await realm.told()).proofProblems.join(), '');
  },

  async 'an assertion can be signed with a key of the platform'(realm) {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const { privateKey } = (await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as CryptoKeyPair;
    const clientAuthentication = realm.library.privateKeyJwt('client', privateKey);
    const provider = realm.provider({ clientId: undefined, clientSecret: undefined, clientAuthentication });
    equal((await provider.getToken()).value, realm.token(1));
  },

  async 'a closed provider ends who waits and refuses who comes'(realm) {
    await realm.tell({ isShut: true });
    const provider = realm.provider();
    const waiting = rejection(provider.getToken());
    await provider.close();
    const closed = 'ERR_TOKENFLIGHT_PROVIDER_CLOSED';
    equal(realm.library.isTokenflightError(await waiting, closed), true);
    equal(realm.library.isTokenflightError(await rejection(provider.getToken()), closed), true);
    equal(provider.peek(), undefined);
    await realm.tell({ isShut: false });
  },
};

/**
 * Runs every check, one after the other, against a server of `server.ts`.
 *
 * @param engine a name of its own for each run, so that runs share a server
 */
export async function runSuite(library: Library, origin: string, engine: string): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const realm = new Realm(library, origin, `${engine}-${results.length}`);
    try {
      await settled(check(realm));
      results.push({ name, problem: undefined });
    } catch (error) {
      results.push({ name, problem: describe(error) });
    } finally {
      await realm.end();
    }
  }
  return results;
}

function describe(error: unknown): string {
  const { stack, message = String(error), cause } = error as Partial<Error>;
  const whole = stack?.includes(message) ? stack : `${message}\n${stack}`; // some engines leave the message out of it
  return cause === undefined ? whole : `${whole}\ncaused by ${describe(cause)}`;
}

// A check that hangs must not keep the others from being told of.
async function settled(check: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it did not end')), LONGEST_CHECK_MS);
  });
  await Promise.race([check, timeout]).finally(() => clearTimeout(timer));
}

function equal(actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`expected ${String(expected)}, got ${String(actual)}`);
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const nothing = {};
  const reason = await promise.then(
    () => nothing,
    (error: unknown) => error,
  );
  if (reason === nothing) throw new Error('it was expected to fail');
  return reason;
}

function nextEvent(provider: ReturnType<Realm['provider']>, type: TokenEvent['type']): Promise<void> {
  return new Promise((resolve) => {
    const stop = provider.on((event) => {
      if (event.type !== type) return;
      stop();
      resolve();
    });
  });
}
