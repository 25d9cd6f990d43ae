import { describe, expect, test } from '@jest/globals';
import { failureOf, logged, printed, REFUSED } from './errors.ts';
import type { Contract } from './rig.ts';
import { absent, rule } from './rules.ts';

export function whatIsPrinted({ rig, traits }: Contract): void {
  rule(10, () => {
    describe('what is printed', () => {
      test('of an error of the host does not hold the token', async () => {
        const client = rig.clientOf();
        rig.api.on('/broken', ({ request }) => {
          request.socket.destroy();
        });
        const error = await failureOf(client.send({ url: `${rig.api.origin}/broken` }));
        expect(rig.api.tokens).toEqual(['token-1']);
        expect(printed(error, false)).not.toContain('token-1');
        // Where the host's error leads to the request itself (`error.request`, not enumerable), Node's own request is
        // found there with every header as it was sent. That is the host's to hide: `showHidden` shows it.
        if (!traits.hidesRequestInErrors) expect(printed(error, true)).not.toContain('token-1');
      });

      if (traits.ownsRequest) {
        absent('the request that an answer leads to is the caller’s own');
      } else {
        test('of an answer does not hold the token', async () => {
          const answer = await rig.clientOf().answer({ url: rig.api.origin });
          expect(rig.api.tokens).toEqual(['token-1']);
          expect(logged(answer)).not.toContain('token-1');
        });

        test('of a body that is handed on as it comes does not hold the token', async () => {
          const body = await rig.clientOf().stream({ url: rig.api.origin });
          let text = '';
          for await (const chunk of body) {
            expect(logged(body)).not.toContain('token-1');
            text += Buffer.from(chunk);
          }
          expect(text).toBe('welcome');
          expect(rig.api.tokens).toEqual(['token-1']);
          expect(logged(body)).not.toContain('token-1');
        });
      }

      test('of what listeners are told does not hold a token', async () => {
        const client = await rig.warmClientOf();
        rig.api.accepts = () => false;
        await client.send({ url: `${rig.api.origin}/never` });
        expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
        expect(printed(rig.events, true)).not.toMatch(/token-[12]|the-client-secret/);
      });

      test('of a failure to get a token does not hold the secret', async () => {
        rig.tokens.answerNext(REFUSED);
        const error = await failureOf(rig.clientOf().send({ url: rig.api.origin }));
        expect(printed(error, true)).not.toContain('the-client-secret');
      });
    });
  });
}
