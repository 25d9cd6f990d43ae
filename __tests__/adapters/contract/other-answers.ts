import { describe, expect, test } from '@jest/globals';
import { tokenflightErrorIn } from './errors.ts';
import type { Contract } from './rig.ts';
import { rule } from './rules.ts';

export function otherAnswers({ rig }: Contract): void {
  rule(5, () => {
    describe('an answer that says nothing against the token', () => {
      test.each([
        ['403', 403, undefined],
        ['403 with a challenge', 403, 'Bearer error="invalid_token"'],
        ['403 for too little scope', 403, 'Bearer error="insufficient_scope", scope="more"'],
        ['401 for too little scope', 401, 'Bearer realm="x", error="insufficient_scope"'],
        ['401 for a request that is malformed', 401, 'Bearer error="invalid_request"'],
        ['500', 500, undefined],
      ])('is handed over untouched: %s', async (_, status, challenge) => {
        const client = rig.clientOf();
        rig.api.on('/no', ({ answer }) =>
          answer(status, 'because', challenge ? { 'www-authenticate': challenge } : {}),
        );
        expect(await client.send({ url: `${rig.api.origin}/no` })).toEqual({ status, text: 'because' });
        expect(await client.send({ url: `${rig.api.origin}/next` })).toEqual({ status: 200, text: 'welcome' });
        expect(rig.api.tokens).toEqual(['token-1', 'token-1']);
        expect(rig.tokens.requests).toHaveLength(1);
      });

      test('is left to the host: 407', async () => {
        const client = rig.clientOf();
        rig.api.on('/proxy', ({ answer }) => answer(407, 'pay first'));
        const answer = await client.send({ url: `${rig.api.origin}/proxy` }).catch((error: unknown) => {
          expect(tokenflightErrorIn(error)).toBeUndefined(); // fetch makes a network error of it
        });
        if (answer) expect(answer).toEqual({ status: 407, text: 'pay first' });
        await client.send({ url: `${rig.api.origin}/next` });
        expect(rig.api.tokens).toEqual(['token-1', 'token-1']);
      });
    });
  });
}
