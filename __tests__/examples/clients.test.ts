import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { root } from '../project/repository.ts';
import { runProcess } from '../project/run-process.ts';
import { ApiServer } from '../servers/api-server.ts';
import { TokenServer } from '../servers/token-server.ts';

let tokens: TokenServer;
let api: ApiServer;

beforeEach(async () => {
  [tokens, api] = await Promise.all([TokenServer.start(), ApiServer.start()]);
});
afterEach(() => Promise.all([tokens.close(), api.close()]));

async function run(example: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runProcess(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', `examples/${example}/main.ts`],
    {
      cwd: root,
      env: {
        PATH: process.env['PATH'],
        TOKEN_URL: tokens.url,
        API_URL: api.origin,
        CLIENT_ID: 'id',
        CLIENT_SECRET: 'do-not-print',
      },
      timeoutMs: 30_000,
    },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).not.toMatch(/do-not-print|token-\d/);
  return stdout;
}

/** Answers `/things/1` with these statuses one after the other, and 200 thereafter. */
function answerThings(...statuses: number[]): void {
  api.on('/things/1', ({ received, answer }) => {
    const sent = received.body.toString();
    answer(statuses.shift() ?? 200, sent === '' ? '{"name":"thing"}' : sent, { 'content-type': 'application/json' });
  });
}

test('axios: each repetition has a good token, and a 401 is none of them', async () => {
  answerThings(503, 401);
  const stdout = await run('axios');
  expect(stdout).toMatch(/^Attempt 1 ended in 503\.\nThe API refused token \S+: sent again\.\n\{ name: 'thing' \}\n$/);
  expect(api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
}, 30_000);

test('ky: each repetition has a good token, and a 401 is none of them', async () => {
  answerThings(503, 401);
  const stdout = await run('ky');
  expect(stdout).toMatch(/^Attempt 1 ended: .*503.*\n\{ name: 'thing' \}\n$/);
  expect(api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
}, 30_000);

test('openapi-fetch: bodies are sent again with a new token', async () => {
  answerThings(200, 401);
  expect(await run('openapi-fetch')).toBe("{ name: 'thing' } { name: 'thing', weight: 1 }\n");
  expect(api.requests.map(({ method, token }) => [method, token])).toEqual([
    ['GET', 'token-1'],
    ['PUT', 'token-1'],
    ['PUT', 'token-2'],
  ]);
}, 30_000);
