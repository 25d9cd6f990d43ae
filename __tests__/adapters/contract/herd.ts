import { describe, expect, test } from '@jest/globals';
import { Gate } from '../../servers/gate.ts';
import { REFUSED } from './errors.ts';
import type { Contract } from './rig.ts';
import { absent, rule } from './rules.ts';

export function manyRejections({ rig, traits }: Contract): void {
  rule(4, () => {
    describe('a 401', () => {
      test('from an API that rejects every token costs a bounded number of requests', async () => {
        rig.api.accepts = () => false;
        const client = rig.clientOf();
        for (let call = 0; call < 20; call++) {
          expect((await client.send({ url: `${rig.api.origin}/never` })).status).toBe(401);
        }
        // The first call is repeated with token-2; that one came by force a moment ago, so nothing newer is to be had.
        expect(rig.tokens.requests).toHaveLength(2);
        expect(rig.api.requests).toHaveLength(21);
      });

      test('from an API that rejects every token costs one repetition each for calls that come at once', async () => {
        rig.api.accepts = () => false;
        const client = rig.clientOf();
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => client.send({ url: `${rig.api.origin}/never` })),
        );
        expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 401));
        expect(rig.tokens.requests).toHaveLength(2);
        expect(rig.api.requests.length).toBeLessThanOrEqual(40);
      });

      test('met by 100 requests at once costs one token request, and each gets its 200', async () => {
        const client = await rig.warmClientOf();
        rig.api.rejected.add('token-1');
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, call) => client.send({ url: `${rig.api.origin}/${call}` })),
        );
        expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200));
        expect(rig.tokens.requests).toHaveLength(2);
        expect(rig.api.requests.length).toBeLessThanOrEqual(201);
      });

      test('that comes late for the old token causes no second refresh', async () => {
        const client = await rig.warmClientOf();
        const gate = new Gate();
        gate.shut();
        rig.api.on('/late', async ({ received, answer }) => {
          if (received.token !== 'token-1') return answer(200, 'welcome');
          await gate.pass();
          answer(401);
        });
        const calls = Array.from({ length: 4 }, () => client.send({ url: `${rig.api.origin}/late` }));
        await rig.api.reached(5);
        for (let answered = 1; answered <= 4; answered++) {
          gate.openForOne();
          await rig.api.reached(5 + answered);
        }
        expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
        expect(rig.api.tokens.slice(5)).toEqual(['token-2', 'token-2', 'token-2', 'token-2']);
        expect(rig.tokens.requests).toHaveLength(2);
      });
    });

    if (traits.hasOwnRetry) {
      describe('with the own retry of the host', () => {
        test('a rejected token is replaced once, and the attempts do not multiply', async () => {
          rig.api.accepts = () => false;
          const client = rig.clientOf({}, { retry: { limit: 2, statuses: [401, 503] } });
          expect((await client.send({ url: `${rig.api.origin}/never` })).status).toBe(401);
          expect(rig.api.tokens).toEqual(['token-1', 'token-2', 'token-2', 'token-2']);
          expect(rig.tokens.requests).toHaveLength(2);
        });

        test('replacing a token is none of the repetitions that the host counts', async () => {
          const client = await rig.warmClientOf({}, { retry: { limit: 1, statuses: [503] } });
          const statuses = [401, 503, 200];
          rig.api.on('/flaky', ({ answer }) => answer(statuses.shift() ?? 500));
          expect((await client.send({ url: `${rig.api.origin}/flaky` })).status).toBe(200);
          expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2', 'token-2']);
        });

        test('a token that is rejected only when the host repeats is replaced', async () => {
          const client = await rig.warmClientOf({}, { retry: { limit: 1, statuses: [503] } });
          const statuses = [503, 401, 200];
          rig.api.on('/flaky', ({ answer }) => answer(statuses.shift() ?? 500));
          expect((await client.send({ url: `${rig.api.origin}/flaky` })).status).toBe(200);
          expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-1', 'token-2']);
        });

        test('a token that could not be had is not asked for again', async () => {
          rig.tokens.answerNext(REFUSED, REFUSED);
          const client = rig.clientOf({}, { retry: { limit: 2, statuses: [401, 503] } });
          await expect(client.send({ url: rig.api.origin })).rejects.toThrow();
          expect(rig.tokens.requests).toHaveLength(1);
          expect(rig.api.requests).toHaveLength(0);
        });
      });
    } else {
      absent('no retries of its own');
    }
  });
}
