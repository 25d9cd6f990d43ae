import { describe, expect, test } from '@jest/globals';
import { AccessToken } from '../../../src/values/access-token.ts';
import type { TokenSource } from '../../../src/values/token-source.ts';
import { failureOf, REFUSED, tokenflightErrorIn } from './errors.ts';
import type { Contract } from './rig.ts';
import { rule } from './rules.ts';

export function tokenFailure({ rig }: Contract): void {
  rule(7, () => {
    describe('a failure to get a token', () => {
      test.each([
        ['refused by the token endpoint', 'ERR_TOKENFLIGHT_REQUEST_REJECTED'],
        ['not readable', 'ERR_TOKENFLIGHT_RESPONSE'],
        ['provider closed', 'ERR_TOKENFLIGHT_PROVIDER_CLOSED'],
        ['unfit for a header', 'ERR_TOKENFLIGHT_UNSAFE_TOKEN'],
      ] as const)('ends the call with that error, and nothing is sent: %s', async (what, code) => {
        let source: TokenSource = rig.provider;
        if (code === 'ERR_TOKENFLIGHT_REQUEST_REJECTED') rig.tokens.answerNext(REFUSED);
        if (code === 'ERR_TOKENFLIGHT_RESPONSE') rig.tokens.answerNext({ status: 200, body: '<html>' });
        if (code === 'ERR_TOKENFLIGHT_PROVIDER_CLOSED') await rig.provider.close();
        if (code === 'ERR_TOKENFLIGHT_UNSAFE_TOKEN') source = unsafeSource();
        const error = await failureOf(rig.clientOf({}, { source }).send({ url: rig.api.origin, body: { text: what } }));
        expect(tokenflightErrorIn(error)?.code).toBe(code);
        expect(rig.api.requests).toHaveLength(0);
      });
    });
  });
}

function unsafeSource(): TokenSource {
  const fields = { value: 'two\r\nx-injected: lines', tokenType: 'Bearer', id: 'unsafe', expiresAtMs: Number.NaN };
  return { getToken: async () => new AccessToken(fields), invalidate: async () => false };
}
