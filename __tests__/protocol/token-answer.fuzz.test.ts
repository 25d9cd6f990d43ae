import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { TokenRequestRejectedError } from '../../src/errors/token-request-rejected-error.ts';
import { TokenResponseError } from '../../src/errors/token-response-error.ts';
import { redactorFor } from '../../src/protocol/redaction.ts';
import { readTokenAnswer, type TokenAnswer, type TokenGrant } from '../../src/protocol/token-answer.ts';
import { LONGEST_LIFETIME_MS } from '../../src/protocol/token-lifetime.ts';
import { isHeaderSafe } from '../../src/values/header-safe.ts';
import { answerOf } from './answer-of.ts';

const SECRET = 'k7-Not+To/Be=Seen"9';
const redact = redactorFor(
  new URLSearchParams({ client_secret: SECRET }),
  new Headers(),
  new URL('https://auth.example'),
);

// Values that real servers send, near misses, and anything at all.
const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(null, '', 0, true, -1, 1e308, SECRET, [], {}));
const either = (...usual: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: anything });
const details = {
  token_type: either('Bearer', 'Bearer', 'bearer', 'BearerToken', '', 'mac'),
  expires_in: either(900, '900', '3600.0', 1e12, 0.5, 0, 'abc', ''),
  expires_on: either(1_893_499_200, '1893499200', 'soon'),
  refresh_in: either(450, '450', 0),
  scope: either('read write', ['read']),
};
const grants = fc.record(
  { access_token: either('eyJ.abc-_', '00D!x|y', 'a=', 'a b', 'a\r\nb'), ...details, note: anything },
  { requiredKeys: ['access_token'] },
);
const refusals = fc.record(
  {
    access_token: either('eyJ.abc-_', '', null),
    ...details,
    error: either('invalid_client', 'temporarily_unavailable', { type: 'a', message: `b ${SECRET}` }, null, ''),
    error_description: either(`wrong secret ${SECRET}`, 'no'),
    error_uri: either(`https://d.example/?s=${encodeURIComponent(SECRET)}`),
    errorCode: either('E0000011'),
    message: either('no'),
  },
  { requiredKeys: [] },
);
const pages = fc.constantFrom(
  '',
  '<html><body>Sign in</body></html>',
  `<p>wrong secret ${SECRET}</p>`,
  `\ufeff{"access_token":"a"}`,
  '{"expires_in":1e999,"access_token":"a"}',
  '{"expires_in":-1e999,"access_token":"a"}',
  '{"access_token":"a","access_token":7}',
  '{"__proto__":{"access_token":"a"}}',
  JSON.stringify({ access_token: 'x'.repeat(32_769) }),
);
const texts = fc.oneof(
  { weight: 4, arbitrary: grants.map((value) => JSON.stringify(value)) },
  { weight: 3, arbitrary: refusals.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: pages },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 80 }) },
);

type Mutation = (text: string) => string;
const somewhere = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const placed = (change: (text: string, at: number, to: number) => string): fc.Arbitrary<Mutation> =>
  fc.tuple(somewhere, somewhere).map(([one, other]) => (text) => {
    const [at = 0, to = 0] = [one * text.length, other * text.length].map(Math.floor).sort((a, b) => a - b);
    return change(text, at, to);
  });
const mutations = fc.oneof(
  placed((text, at) => text.slice(0, at)),
  placed((text, at, to) => text.slice(0, to) + text.slice(at)),
  placed((text, at, to) => text.slice(0, at) + text.slice(to)),
  placed((text, at, to) => text.slice(to) + text.slice(0, at)),
  fc.tuple(somewhere, fc.integer({ min: 0, max: 0xffff })).map(
    ([one, flip]): Mutation =>
      (text) => {
        const at = Math.floor(one * text.length);
        return text.slice(0, at) + String.fromCharCode((text.charCodeAt(at) || 0) ^ flip) + text.slice(at + 1);
      },
  ),
);

const statuses = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(200, 201) },
  { weight: 3, arbitrary: fc.constantFrom(400, 401, 429, 503, 302, 0) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 999 }) },
);
const headers = fc.record(
  {
    'retry-after': fc.constantFrom('5', '0', '-1', 'soon', 'Tue, 01 Jan 2030 12:02:00 GMT', 'junk 5', '9'.repeat(400)),
    date: fc.constantFrom('Tue, 01 Jan 2030 12:00:00 GMT', 'now', '0'),
    'content-type': fc.constantFrom('application/json', 'text/html'),
  },
  { requiredKeys: [] },
);

const answers = fc
  .tuple(statuses, texts, fc.oneof(fc.constant([]), fc.array(mutations, { maxLength: 3 })), headers)
  .map(([status, text, changes, fields]) =>
    answerOf(
      status,
      changes.reduce((changed, change) => change(changed), text),
      fields as Record<string, string>,
      redact,
    ),
  );

function outcomeOf(answer: TokenAnswer): { grant: TokenGrant } | { error: unknown } {
  try {
    return { grant: readTokenAnswer(answer) };
  } catch (error) {
    return { error };
  }
}

/** What is wrong with a grant. Assertions of Jest's own would take longer than all the rest. */
function faultsOfGrant(grant: TokenGrant, { status }: TokenAnswer): string[] {
  const isDuration = (ms: number | undefined): boolean => ms === undefined || (ms > 0 && ms <= LONGEST_LIFETIME_MS);
  return Object.entries({
    'a status other than success': status >= 200 && status < 300,
    'a token that is not safe': isHeaderSafe(grant.value) && grant.value.length <= 32_768,
    'another type': grant.tokenType === 'Bearer',
    'a lifetime out of bounds': isDuration(grant.lifetimeMs) && isDuration(grant.refreshInMs),
    'a scope that is no text': grant.scope === undefined || typeof grant.scope === 'string',
    'the token once more': !Object.hasOwn(grant.response, 'access_token'),
  }).flatMap(([fault, isRight]) => (isRight ? [] : [fault]));
}

function faultsOfError(error: unknown, { status }: TokenAnswer): string[] {
  if (!(error instanceof TokenResponseError || error instanceof TokenRequestRejectedError)) return [`threw ${error}`];
  const { retryAfterMs, message } = error;
  const shown = [message, ...Object.values(error)].join('\n');
  const spellings = [SECRET, encodeURIComponent(SECRET), JSON.stringify(SECRET).slice(1, -1)];
  return Object.entries({
    'an excerpt out of bounds': error instanceof TokenRequestRejectedError || error.excerpt.length <= 200,
    'a message out of bounds': message.length < 2_500,
    'another status': error.status === status,
    'a wait before now': retryAfterMs === undefined || retryAfterMs >= 0,
    'the secret': spellings.every((spelling) => !shown.includes(spelling)),
  }).flatMap(([fault, isRight]) => (isRight ? [] : [fault]));
}

it('any answer at all gives a grant that can be used, or one of two errors', () => {
  const seen = { grants: 0, rejected: 0, unusable: 0 };
  fc.assert(
    fc.property(answers, (answer) => {
      const outcome = outcomeOf(answer);
      if ('grant' in outcome) seen.grants++;
      else seen[outcome.error instanceof TokenResponseError ? 'unusable' : 'rejected']++;
      const faults = 'grant' in outcome ? faultsOfGrant(outcome.grant, answer) : faultsOfError(outcome.error, answer);
      if (faults.length > 0) throw new Error(faults.join(', '));
    }),
    { numRuns: 100_000 },
  );
  // Otherwise the inputs would no longer reach all three ways out.
  expect(Math.min(seen.grants, seen.rejected, seen.unusable)).toBeGreaterThan(1_000);
}, 60_000);
