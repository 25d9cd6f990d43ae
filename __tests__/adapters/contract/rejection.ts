import { describe, expect, test } from '@jest/globals';
import { staticTokenSource } from '../../../src/provider/static-token-source.ts';
import type { TokenSource } from '../../../src/values/token-source.ts';
import { bodies, expectedParts, MIB, withoutBoundary } from './bodies.ts';
import { REFUSED } from './errors.ts';
import type { Contract } from './rig.ts';
import { absent, rule } from './rules.ts';

export function tokenRejection({ makeClient, rig, traits }: Contract): void {
  rule(3, () => {
    describe('a 401', () => {
      test.each(Object.entries(bodies))('gets a new token and the request again: %s', async (_, body) => {
        const client = await rig.warmClientOf();
        rig.api.rejected.add('token-1');
        const sent = body();
        const call = { url: `${rig.api.origin}/again`, method: 'POST', ...(sent && { body: sent }) };
        expect(await client.send(call)).toEqual({ status: 200, text: 'welcome' });
        expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
        expect(rig.tokens.requests).toHaveLength(2);
        const [, first, second] = rig.api.requests.map(withoutBoundary);
        expect(second).toEqual(first);
        for (const part of expectedParts(sent)) expect(first?.['body']).toContain(part);
        expect(rig.tell('replayed')).toMatchObject([{ origin: rig.api.origin }]);
      });

      test('without a challenge counts as well', async () => {
        const client = await rig.warmClientOf();
        rig.api.on('/bare', ({ received, answer }) => answer(received.token === 'token-1' ? 401 : 200));
        expect((await client.send({ url: `${rig.api.origin}/bare` })).status).toBe(200);
      });

      if (!traits.hidesStreams) {
        test('for a body from a stream is handed back, and the next request has a new token', async () => {
          const client = await rig.warmClientOf();
          rig.api.rejected.add('token-1');
          const call = { url: `${rig.api.origin}/upload`, body: { stream: ['one ', 'two'] } };
          expect(await client.send(call)).toEqual({ status: 401, text: 'who are you?' });
          expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'body-not-replayable' }]);
          expect(await client.send({ url: `${rig.api.origin}/next` })).toEqual({ status: 200, text: 'welcome' });
          expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
          expect(rig.tokens.requests).toHaveLength(2);
        });
      } else {
        absent('it cannot tell a stream from a body in memory');
      }

      test.each([
        ['as large as the option allows', MIB, 'token-2'],
        ['larger than the option allows', MIB + 1, undefined],
      ])('for a body %s', async (_, length, replayed) => {
        const client = await rig.warmClientOf();
        rig.api.rejected.add('token-1');
        const answer = await client.send({ url: `${rig.api.origin}/large`, body: { text: 'x'.repeat(length) } });
        expect(answer.status).toBe(replayed ? 200 : 401);
        expect(rig.api.tokens).toEqual(['token-1', 'token-1', ...(replayed ? [replayed] : [])]);
        if (replayed === undefined) expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'body-too-large' }]);
      });

      test('measures text in bytes, not in characters', async () => {
        const client = await rig.warmClientOf({ replay: { maxBodyBytes: 5 } });
        rig.api.rejected.add('token-1');
        expect((await client.send({ url: `${rig.api.origin}/umlauts`, body: { text: 'üüü' } })).status).toBe(401);
      });

      test.each([
        ['idempotent', 'GET', 200],
        ['idempotent', 'PUT', 200],
        ['idempotent', 'DELETE', 200],
        ['idempotent', 'POST', 401],
        ['idempotent', 'PATCH', 401],
        ['none', 'GET', 401],
        ['any', 'PATCH', 200],
      ] as const)('with replay.methods "%s" and %s ends in %i', async (methods, method, status) => {
        const client = await rig.warmClientOf({ replay: { methods } });
        rig.api.rejected.add('token-1');
        expect((await client.send({ url: `${rig.api.origin}/method`, method })).status).toBe(status);
        expect(rig.api.requests).toHaveLength(status === 200 ? 3 : 2);
        expect((await client.send({ url: `${rig.api.origin}/next` })).status).toBe(200);
        expect(rig.api.tokens.at(-1)).toBe('token-2');
      });

      test('for the new token too is handed back after one repetition', async () => {
        rig.api.accepts = () => false;
        const client = rig.clientOf();
        expect(await client.send({ url: `${rig.api.origin}/never` })).toEqual({ status: 401, text: 'who are you?' });
        expect(rig.api.tokens).toEqual(['token-1', 'token-2']);
        expect(rig.tokens.requests).toHaveLength(2);
        expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'already-replayed' }]);
      });

      test('asks the source for a token once per sending, and hands it the signal of the caller', async () => {
        const asked: (AbortSignal | undefined)[] = [];
        const source: TokenSource = {
          getToken(request, options) {
            asked.push(options?.signal);
            return rig.provider.getToken(request, options);
          },
          invalidate: (token) => rig.provider.invalidate(token),
        };
        const client = rig.clientOf({}, { source });
        await rig.provider.getToken();
        rig.api.rejected.add('token-1');
        const controller = new AbortController();
        const call = { url: `${rig.api.origin}/again`, signal: controller.signal };
        expect((await client.send(call)).status).toBe(200);
        expect(asked.map((signal) => signal?.aborted)).toEqual([false, false]);
        controller.abort();
        expect(asked.map((signal) => signal?.aborted)).toEqual([true, true]);
      });

      test('is handed back when no new token can be had', async () => {
        const client = await rig.warmClientOf();
        rig.api.rejected.add('token-1');
        rig.tokens.answerNext(REFUSED);
        expect(await client.send({ url: `${rig.api.origin}/refused` })).toEqual({ status: 401, text: 'who are you?' });
        expect(rig.api.requests).toHaveLength(2);
        expect(rig.tell('replay-skipped')).toMatchObject([{ why: 'refresh-failed' }]);
      });

      test('is handed back when the source has no other token', async () => {
        rig.api.accepts = () => false;
        const client = makeClient({ source: staticTokenSource('fixed'), options: { origins: rig.api.origin } });
        expect(await client.send({ url: rig.api.origin })).toEqual({ status: 401, text: 'who are you?' });
        expect(rig.api.tokens).toEqual(['fixed']);
      });
    });
  });
}
