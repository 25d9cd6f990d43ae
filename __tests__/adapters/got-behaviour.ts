import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { ExtendOptions, Got } from 'got';
import { bearerHooks } from '../../src/adapters/got.ts';
import type { AccessToken } from '../../src/values/access-token.ts';
import { Gate } from '../servers/gate.ts';
import { logged, printed, tokenflightErrorIn } from './contract/errors.ts';
import { gotHooks } from './got-hooks.ts';
import { gotRepetition } from './got-repetition.ts';
import { failureOf, GotRig } from './got-rig.ts';
import { gotStreams } from './got-streams.ts';

/**
 * What the adapter does beyond the contract of all adapters; for each major of got. Registers the tests.
 *
 * @param canCancel its promises have `cancel()`, which got 15 took away
 */
export function gotBehaviour(
  name: string,
  got: Got,
  { canCancel = false }: { readonly canCancel?: boolean } = {},
): void {
  describe(`${name}:`, () => {
    const rig = new GotRig(got);
    gotStreams(rig);
    gotHooks(rig);
    gotRepetition(rig);
    addresses(rig);
    ends(rig, canCancel);
    errors(rig);
    answers(rig);
  });
}

function addresses(rig: GotRig): void {
  test('a cached token is there as soon as the hook returns', async () => {
    await rig.provider.getToken();
    const request = { url: new URL(rig.api.origin), method: 'GET', headers: {} as Record<string, string>, context: {} };
    const done = rig.hooks().hooks?.beforeRequest?.[0]?.(request as never, { retryCount: 0 } as never);
    expect(request.headers).toEqual({ authorization: 'Bearer token-1' });
    await done;
  });

  describe('prefixUrl', () => {
    test('makes the address that counts', async () => {
      await rig.client({ prefixUrl: `${rig.api.origin}/v2` }).get('users/me');
      expect(rig.api.requests).toMatchObject([{ path: '/v2/users/me', token: 'token-1' }]);
    });

    test('that an absolute address overrides does not vouch for it', async () => {
      const error = await failureOf(rig.client({ prefixUrl: rig.api.origin }).get(`${rig.other.origin}/users/me`));
      expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
      expect(rig.other.requests).toHaveLength(0);
    });

    test('is not left by an address without a scheme', async () => {
      await failureOf(
        rig.client({ prefixUrl: `${rig.api.origin}/v2/` }).get(`//127.0.0.1:${rig.other.port}/users`),
      ).catch(() => {});
      expect(rig.other.requests).toHaveLength(0);
    });
  });
}

function ends(rig: GotRig, canCancel: boolean): void {
  describe('an end before the answer', () => {
    if (canCancel) {
      test('by promise.cancel() sends nothing', async () => {
        rig.tokens.gate.shut();
        const call = rig.client()(`${rig.api.origin}/cancelled`) as ReturnType<Got> & { cancel(): void };
        const failure = failureOf(call);
        await rig.tokens.reached(1);
        call.cancel();
        expect((await failure).name).toBe('CancelError');
        rig.tokens.gate.open();
        await rig.client()(`${rig.api.origin}/next`);
        expect(rig.api.requests.map(({ path }) => path)).toEqual(['/next']);
      });
    }

    test('by a signal that carries a reason keeps that reason', async () => {
      rig.tokens.gate.shut();
      const controller = new AbortController();
      const failure = failureOf(rig.client()(`${rig.api.origin}/aborted`, { signal: controller.signal }));
      await rig.tokens.reached(1);
      controller.abort(new Error('changed my mind'));
      expect((await failure).name).toBe('AbortError');
      rig.tokens.gate.open();
      expect(rig.api.requests).toHaveLength(0);
    });
  });
}

function answers(rig: GotRig): void {
  describe('an answer does not show the token', () => {
    const served = (): never =>
      Object.assign(Readable.from(['{}']), {
        statusCode: 200,
        headers: {},
        url: rig.api.origin,
        complete: true,
      }) as never;

    test.each<[string, () => ExtendOptions]>([
      ['that got kept', () => ({ cache: new Map() })],
      ['of a function in place of a request', () => ({ request: served })],
      ['of a hook in place of a request', () => ({ hooks: { beforeRequest: [served] } })],
    ])('%s', async (_, options) => {
      rig.api.on('/kept', ({ answer }) => answer(200, '{}', { 'cache-control': 'max-age=60' }));
      const call = rig.client(options());
      for (let time = 0; time < 2; time++) {
        const response = await call(`${rig.api.origin}/kept`);
        expect(response.request.options.headers).not.toHaveProperty('authorization');
        for (const shown of [response, response.request, response.request.options]) {
          expect(logged(shown)).not.toContain('token-1');
        }
      }
      const parseJson = (): never => {
        throw new Error('not mine');
      };
      const unread = await failureOf(call(`${rig.api.origin}/kept`, { parseJson }).json());
      expect(logged(unread)).not.toContain('token-1');
    });

    test('as a stream, from when it is sent on, nor what its listeners are told', async () => {
      rig.api.redirect('/start', '/end');
      const stream = rig.client().stream(`${rig.api.origin}/start`);
      const shown: string[] = [];
      for (const event of ['request', 'redirect', 'response']) {
        stream.on(event, (told) => shown.push(logged(stream), event === 'request' ? '' : logged(told)));
      }
      await text(stream);
      expect(rig.api.tokens).toEqual(['token-1', 'token-1']);
      expect(shown).toHaveLength(8);
      expect(shown.join()).not.toContain('token-1');
    });

    test('nor does an error, of a source whose tokens hide nothing', async () => {
      rig.api.on('/no', ({ answer }) => answer(401, 'no'));
      let count = 0;
      const token = (): AccessToken => ({
        value: `plain-${++count}`,
        tokenType: 'Bearer',
        id: `${count}`,
        expiresAt: new Date(),
        response: {},
      });
      const source = { getToken: async () => token(), invalidate: async () => true };
      const call = rig.got.extend({ retry: { limit: 0 } }, bearerHooks(source, { origins: rig.api.origin }));
      const error = await failureOf(call(`${rig.api.origin}/no`));
      expect(rig.api.tokens).toEqual(['plain-1', 'plain-2']);
      for (const shown of [error, error.options, error.options.context, error.response]) {
        expect(inspect(shown, { depth: 8 })).not.toContain('plain-');
      }
    });
  });
}

function errors(rig: GotRig): void {
  describe('errors', () => {
    test('of got about its arguments stay what they are', async () => {
      const wrong = 123 as unknown as string;
      const plain = await failureOf(new Promise((resolve) => resolve(rig.got(wrong))));
      const ours = await failureOf(new Promise((resolve) => resolve(rig.client()(wrong))));
      expect(ours.message).toBe(plain.message);
      expect(ours.name).toBe(plain.name);
    });

    test('about a status do not show the token', async () => {
      rig.api.on('/no', ({ answer }) => answer(403, 'no'));
      const error = await failureOf(rig.client()(`${rig.api.origin}/no`));
      expect(error.name).toBe('HTTPError');
      expect(rig.api.tokens).toEqual(['token-1']);
      expect(printed(error, false)).not.toContain('token-1');
    });

    test('about an abort do not show the token', async () => {
      const controller = new AbortController();
      const gate = new Gate();
      gate.shut();
      rig.api.on('/slow', async ({ answer }) => {
        await gate.pass();
        answer(200);
      });
      const failure = failureOf(rig.client()(`${rig.api.origin}/slow`, { signal: controller.signal }));
      await rig.api.reached(1);
      controller.abort();
      const error = await failure;
      gate.open();
      expect(error.name).toBe('AbortError');
      expect(printed(error, false)).not.toContain('token-1');
    });

    test('thrown by a hook after ours do not show the token', async () => {
      const failing = rig.client({
        hooks: {
          beforeRequest: [
            () => {
              throw new Error('mine');
            },
          ],
        },
      });
      const error = await failureOf(failing(`${rig.api.origin}/hook`));
      expect(error.message).toBe('mine');
      expect(rig.tokens.requests).toHaveLength(1);
      expect(printed(error, false)).not.toContain('token-1');
    });

    test('about a redirect elsewhere do not show the token', async () => {
      rig.api.redirect('/start', `${rig.other.origin}/end`);
      const error = await failureOf(rig.client()(`${rig.api.origin}/start`));
      expect(error.response?.statusCode).toBe(401);
      expect(printed(error, false)).not.toContain('token-1');
    });
  });
}
