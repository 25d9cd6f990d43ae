import { describe, expect, test } from '@jest/globals';
import { failureOf, printed, REFUSED } from './errors.ts';
import type { Contract } from './rig.ts';
import { rule } from './rules.ts';

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
