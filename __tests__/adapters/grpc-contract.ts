import { status } from '@grpc/grpc-js';
import { describe, expect, test } from '@jest/globals';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import { AccessToken } from '../../src/values/access-token.ts';
import type { TokenSource } from '../../src/values/token-source.ts';
import { Gate } from '../servers/gate.ts';
import { printed, REFUSED, tokenflightErrorIn } from './contract/errors.ts';
import { type Attachment, GrpcRig, list, metadataOf, say } from './grpc-rig.ts';

const { OK, UNAUTHENTICATED, UNAVAILABLE, CANCELLED, DEADLINE_EXCEEDED } = status;

/**
 * What `adapterContract()` asks, in gRPC's terms and under the same names. What has no counterpart here: bodies of
 * different kinds (a message is bytes), methods (each call is a POST), redirects, user info in addresses, challenges
 * without a code, the host's own retry (which asks the credentials again by itself).
 */
export function grpcContract(name: string, attachment: Attachment): void {
  describe(`gRPC ${name} keeps the contract of all adapters:`, () => {
    const rig = new GrpcRig(attachment);

    describe('the token', () => {
      test('is attached, and asked for once', async () => {
        const client = rig.clientOf();
        for (let call = 0; call < 3; call++) expect(await say(client, 'hello')).toEqual({ code: OK, text: 'hello' });
        expect(rig.api.calls.map(({ authorizations }) => authorizations)).toEqual(
          Array.from({ length: 3 }, () => ['Bearer token-1']),
        );
        expect(rig.tokens.requests).toHaveLength(1);
      });

      test('is the one that the option "request" describes', async () => {
        await say(
          rig.clientOf({ options: { request: { scope: 'api:read', audience: 'https://api.example' } } }),
          'hello',
        );
        expect(Object.fromEntries(rig.tokens.requests[0]?.form ?? [])).toMatchObject({
          scope: 'api:read',
          audience: 'https://api.example',
        });
      });

      test('is there once only when the adapter was put on twice by mistake', async () => {
        const client = await rig.warmClientOf({ layers: 2 });
        expect((await say(client, 'hello')).code).toBe(OK);
        expect(rig.api.calls.map(({ authorizations }) => authorizations)).toEqual([
          ['Bearer token-1'],
          ['Bearer token-1'],
        ]);
      });

      test('does not disturb method, headers and body', async () => {
        const metadata = metadataOf({ 'x-mine': 'a' });
        await say(rig.clientOf(), 'grüße', { metadata });
        const [received] = rig.api.calls;
        expect(received).toMatchObject({ method: '/tests.Echo/Say', message: 'grüße' });
        expect(received?.metadata.get('x-mine')).toEqual(['a']);
        expect(metadata.getMap()).toEqual({ 'x-mine': 'a' });
      });

      test('goes with calls that stream, in either direction and in both', async () => {
        const client = rig.clientOf();
        expect((await list(client, 'one two')).words).toEqual(['one', 'two']);
        const collected = new Promise((resolve) => {
          const call = client.collect(metadataOf({}), (_, text) => resolve(text));
          call.write('a');
          call.write('b');
          call.end();
        });
        expect(await collected).toBe('a b');
        const chat = client.chat(metadataOf({}));
        chat.write('ping');
        for await (const message of chat) {
          expect(message).toBe('ping');
          chat.end();
        }
        expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-1']);
      });
    });

    describe('a caller who gives up', () => {
      test('while waiting for a token gets the error of the host, and ends only his own wait', async () => {
        const client = rig.clientOf();
        rig.tokens.gate.shut();
        let cancel = (): void => {};
        const aborted = say(client, 'aborted', {}, (abort) => {
          cancel = abort;
        });
        const kept = say(client, 'kept');
        await rig.tokens.reached(1);
        cancel();
        expect((await aborted).code).toBe(CANCELLED);
        rig.tokens.gate.open();
        expect((await kept).code).toBe(OK);
        expect(rig.api.calls.map(({ message }) => message)).toEqual(['kept']);
        expect(rig.tokens.requests).toHaveLength(1);
      });

      test('by a deadline while waiting for a token', async () => {
        rig.tokens.gate.shut();
        const late = await say(rig.clientOf(), 'late', { deadline: Date.now() + 300 });
        expect(late.code).toBe(DEADLINE_EXCEEDED);
        expect(rig.api.calls).toHaveLength(0);
      });
    });

    describe('a failure to get a token', () => {
      test.each([
        ['refused by the token endpoint', 'ERR_TOKENFLIGHT_REQUEST_REJECTED', UNAUTHENTICATED],
        ['not readable', 'ERR_TOKENFLIGHT_RESPONSE', undefined],
        ['provider closed', 'ERR_TOKENFLIGHT_PROVIDER_CLOSED', UNAUTHENTICATED],
        ['unfit for a header', 'ERR_TOKENFLIGHT_UNSAFE_TOKEN', UNAUTHENTICATED],
        ['out of order', 'ERR_TOKENFLIGHT_RESPONSE', UNAVAILABLE],
      ] as const)('ends the call with that error, and nothing is sent: %s', async (what, expected, code) => {
        const source = what === 'unfit for a header' ? unsafeSource() : rig.provider;
        if (what === 'refused by the token endpoint') rig.tokens.answerNext(REFUSED);
        if (what === 'not readable') rig.tokens.answerNext({ status: 200, body: '<html>' });
        if (what === 'out of order') rig.tokens.answerNext({ status: 503, body: 'later' });
        if (what === 'provider closed') await rig.provider.close();
        const answer = await say(rig.clientOf({ source }), 'hello');
        if (code !== undefined) expect(answer.code).toBe(code);
        if (attachment.hasInterceptor) expect(tokenflightErrorIn(answer.error)?.code).toBe(expected);
        expect(rig.api.calls).toHaveLength(0);
      });
    });

    describe('where the token may go', () => {
      test.each([
        ['https://api.example', 'another host'],
        ['https://localhost', 'the same host by another name'],
        [() => false, 'what a function refuses'],
      ])('a call to a host that is not named is refused: %s', async (origins, _) => {
        const answer = await say(rig.clientOf({ options: { origins } }), 'hello');
        expect(answer.code).toBe(UNAUTHENTICATED);
        expect(answer.text).toContain('no token is sent to ');
        if (attachment.hasInterceptor) {
          expect(tokenflightErrorIn(answer.error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        }
        expect(rig.tokens.requests).toHaveLength(0);
        expect(rig.api.calls).toHaveLength(0);
      });

      test('a function is asked for the address of the call', async () => {
        const asked: string[] = [];
        const origins = (url: URL): boolean => asked.push(url.href) > 0;
        expect((await say(rig.clientOf({ options: { origins } }), 'hello')).code).toBe(OK);
        const scheme = attachment.hasCredentials ? 'https' : 'http';
        expect(new Set(asked)).toEqual(new Set([`${scheme}://127.0.0.1/tests.Echo/Say`]));
      });

      test('the host that a call names for itself counts', async () => {
        const answer = await say(rig.clientOf(), 'hello', { host: 'other.example' });
        expect(answer.code).toBe(UNAUTHENTICATED);
        expect(rig.api.calls).toHaveLength(0);
      });
    });

    test('no token is seen in errors', async () => {
      rig.api.judge = () => ({ code: status.INTERNAL, details: 'broken' });
      const { error } = await say(rig.clientOf(), 'hello');
      expect(printed(error, true)).toContain('broken');
      expect(printed(error, true)).not.toContain('token-1');
    });

    if (attachment.hasInterceptor) rejections(rig);
  });
}

function rejections(rig: GrpcRig): void {
  describe('the token', () => {
    test('gives way to an Authorization that the caller set, in any case', async () => {
      const client = rig.clientOf();
      for (const name of ['Authorization', 'authorization']) {
        expect((await say(client, 'mine', { metadata: metadataOf({ [name]: 'Basic bWluZQ==' }) })).code).toBe(
          UNAUTHENTICATED,
        );
      }
      expect(rig.api.calls.map(({ authorizations }) => authorizations)).toEqual([
        ['Basic bWluZQ=='],
        ['Basic bWluZQ=='],
      ]);
      expect(rig.tokens.requests).toHaveLength(0);
    });
  });

  describe('a rejected token', () => {
    test('gets a new token and the request again', async () => {
      const client = await rig.warmClientOf();
      rig.api.rejected.add('token-1');
      const metadata = metadataOf({ 'x-mine': 'a' });
      expect(await say(client, 'again', { metadata })).toEqual({ code: OK, text: 'again' });
      expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
      expect(rig.tokens.requests).toHaveLength(2);
      const [, first, second] = rig.api.calls;
      expect(second?.message).toBe(first?.message);
      expect(second?.metadata.get('x-mine')).toEqual(first?.metadata.get('x-mine'));
      expect(rig.tell('replayed')).toHaveLength(1);
    });

    test('gets a new token and the request again: also for the words of a stream', async () => {
      const client = await rig.warmClientOf();
      rig.api.rejected.add('token-1');
      const many = Array.from({ length: 200 }, (_, word) => `${word}`);
      expect((await list(client, many.join(' '))).words).toEqual(many);
      expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
    });

    test('after the first word of a stream is handed back', async () => {
      const client = await rig.warmClientOf();
      rig.api.afterFirstWord = { code: UNAUTHENTICATED, details: 'no longer' };
      const answer = await list(client, 'one two');
      expect(answer).toMatchObject({ code: UNAUTHENTICATED, text: 'no longer', words: ['one'] });
      expect(rig.api.calls).toHaveLength(2);
      expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'body-not-replayable' }]);
    });

    test.each(['collect', 'chat'] as const)(
      'for a body from a stream is handed back, and the next request has a new token: %s',
      async (method) => {
        const client = await rig.warmClientOf();
        rig.api.rejected.add('token-1');
        const code = await new Promise((resolve) => {
          const call = method === 'chat' ? client.chat(metadataOf({})) : client.collect(metadataOf({}), () => {});
          call.on('status', (answer: { readonly code: status }) => resolve(answer.code));
          call.on('error', () => {});
          if (method === 'chat') call.on('data', () => {});
          call.write('one');
        });
        expect(code).toBe(UNAUTHENTICATED);
        expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'body-not-replayable' }]);
        expect((await say(client, 'next')).code).toBe(OK);
        expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
        expect(rig.tokens.requests).toHaveLength(2);
      },
    );

    test.each([
      ['as large as the option allows', 10, OK],
      ['larger than the option allows', 11, UNAUTHENTICATED],
    ])('for a body %s', async (_, length, code) => {
      const client = await rig.warmClientOf({ options: { replay: { maxBodyBytes: 10 } } });
      rig.api.rejected.add('token-1');
      expect((await say(client, 'x'.repeat(length))).code).toBe(code);
    });

    test.each(['idempotent', 'none'] as const)('with replay.methods "%s" is handed back', async (methods) => {
      const client = await rig.warmClientOf({ options: { replay: { methods } } });
      rig.api.rejected.add('token-1');
      expect((await say(client, 'hello')).code).toBe(UNAUTHENTICATED);
      expect((await say(client, 'next')).code).toBe(OK);
      expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
    });

    test('for the new token too is handed back after one repetition', async () => {
      rig.api.judge = () => ({ code: UNAUTHENTICATED, details: 'never' });
      expect(await say(rig.clientOf(), 'hello')).toMatchObject({ code: UNAUTHENTICATED, text: 'never' });
      expect(rig.api.tokens).toEqual(['token-1', 'token-2']);
      expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'already-replayed' }]);
    });

    test('from an API that rejects every token costs a bounded number of requests', async () => {
      rig.api.judge = () => ({ code: UNAUTHENTICATED, details: 'never' });
      const client = rig.clientOf();
      for (let call = 0; call < 20; call++) expect((await say(client, 'hello')).code).toBe(UNAUTHENTICATED);
      expect(rig.tokens.requests).toHaveLength(2);
      expect(rig.api.calls).toHaveLength(21);
    });

    test('met by 100 requests at once costs one token request, and each gets its 200', async () => {
      const client = await rig.warmClientOf();
      rig.api.rejected.add('token-1');
      const answers = await Promise.all(Array.from({ length: 100 }, (_, call) => say(client, `${call}`)));
      expect(answers).toEqual(Array.from({ length: 100 }, (_, call) => ({ code: OK, text: `${call}` })));
      expect(rig.tokens.requests).toHaveLength(2);
      expect(rig.api.calls.length).toBeLessThanOrEqual(201);
    });

    test('that comes late for the old token causes no second refresh', async () => {
      const client = await rig.warmClientOf();
      const gate = new Gate();
      gate.shut();
      rig.api.judge = async ({ token }) => {
        if (token !== 'token-1') return undefined;
        await gate.pass();
        return { code: UNAUTHENTICATED };
      };
      const calls = Array.from({ length: 4 }, () => say(client, 'late'));
      await rig.api.reached(5);
      for (let answered = 1; answered <= 4; answered++) {
        gate.openForOne();
        await rig.api.reached(5 + answered);
      }
      expect((await Promise.all(calls)).map(({ code }) => code)).toEqual([OK, OK, OK, OK]);
      expect(rig.tokens.requests).toHaveLength(2);
    });

    test('is handed back when no new token can be had', async () => {
      const client = await rig.warmClientOf();
      rig.api.rejected.add('token-1');
      rig.tokens.answerNext(REFUSED);
      const answer = await say(client, 'hello');
      expect(answer).toMatchObject({ code: UNAUTHENTICATED, text: 'who are you?' });
      expect(tokenflightErrorIn(answer.error)).toBeUndefined();
      expect(rig.api.calls).toHaveLength(2);
      expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'refresh-failed' }]);
    });

    test('is handed back when the source has no other token', async () => {
      rig.api.judge = () => ({ code: UNAUTHENTICATED, details: 'never' });
      const client = rig.clientOf({ source: staticTokenSource('fixed') });
      expect(await say(client, 'hello')).toMatchObject({ code: UNAUTHENTICATED, text: 'never' });
      expect(rig.api.tokens).toEqual(['fixed']);
    });
  });

  describe('other answers', () => {
    test.each([status.PERMISSION_DENIED, status.UNAVAILABLE, status.NOT_FOUND])(
      'say nothing about the token: %i',
      async (code) => {
        rig.api.judge = () => ({ code, details: 'no' });
        expect(await say(rig.clientOf(), 'hello')).toMatchObject({ code, text: 'no' });
        expect(rig.api.calls).toHaveLength(1);
        expect(rig.tell('invalidated')).toEqual([]);
      },
    );

    test('a challenge that asks for a wider token leads to no new one', async () => {
      const metadata = metadataOf({ 'www-authenticate': 'Bearer error="insufficient_scope"' });
      rig.api.judge = () => ({ code: UNAUTHENTICATED, details: 'wider', metadata });
      expect((await say(rig.clientOf(), 'hello')).text).toBe('wider');
      expect(rig.api.calls).toHaveLength(1);
      expect(rig.tell('invalidated')).toEqual([]);
    });
  });

  describe('a caller who gives up while waiting for a new token', () => {
    test.each([
      ['by cancelling', CANCELLED],
      ['by a deadline', DEADLINE_EXCEEDED],
    ] as const)('%s gets the error of the host', async (how, code) => {
      const client = await rig.warmClientOf();
      rig.api.rejected.add('token-1');
      rig.tokens.gate.shut();
      let cancel = (): void => {};
      const options = how === 'by a deadline' ? { deadline: Date.now() + 500 } : {};
      const aborted = say(client, 'aborted', options, (abort) => {
        cancel = abort;
      });
      await Promise.race([rig.tokens.reached(2), aborted]); // on a slow machine the deadline may come first
      if (how === 'by cancelling') cancel();
      expect((await aborted).code).toBe(code);
      rig.tokens.gate.open();
      expect((await say(client, 'next')).code).toBe(OK);
      expect(rig.api.calls.filter(({ message }) => message === 'aborted').length).toBeLessThanOrEqual(1);
    });

    test('has ended his wait for the source as well', async () => {
      const signals: (AbortSignal | undefined)[] = [];
      const source: TokenSource = {
        getToken: (request, options) => {
          signals.push(options?.signal);
          return rig.provider.getToken(request, options);
        },
        invalidate: (token) => rig.provider.invalidate(token),
      };
      rig.tokens.gate.shut();
      const client = rig.clientOf({ source });
      let cancel = (): void => {};
      const aborted = say(client, 'aborted', {}, (abort) => {
        cancel = abort;
      });
      await rig.tokens.reached(1);
      expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
      cancel();
      await aborted;
      expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
    });
  });
}

function unsafeSource(): TokenSource {
  const fields = { value: 'two\r\nx-injected: lines', tokenType: 'Bearer', id: 'unsafe', expiresAtMs: Number.NaN };
  return { getToken: async () => new AccessToken(fields), invalidate: async () => false };
}
