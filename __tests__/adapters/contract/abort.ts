import { describe, expect, test } from '@jest/globals';
import { failureOf } from './errors.ts';
import type { Contract } from './rig.ts';
import { rule } from './rules.ts';

export function callerAbort({ rig, traits }: Contract): void {
  rule(6, () => {
    describe('an abort by the caller', () => {
      test('while waiting for a token is the error of the host; nothing is sent, and nobody else notices', async () => {
        const client = rig.clientOf();
        rig.tokens.gate.shut();
        const controller = new AbortController();
        const aborted = client.send({ url: `${rig.api.origin}/aborted`, signal: controller.signal });
        const kept = client.send({ url: `${rig.api.origin}/kept` });
        const failure = failureOf(aborted);
        await rig.tokens.reached(1);
        controller.abort();
        expect(traits.isAbortError(await failure)).toBe(true);
        rig.tokens.gate.open();
        expect((await kept).status).toBe(200);
        expect(rig.api.requests.map(({ path }) => path)).toEqual(['/kept']);
        expect(rig.tokens.requests).toHaveLength(1);
      });

      test('before the call asks for no token', async () => {
        const aborted = rig.clientOf().send({ url: rig.api.origin, signal: AbortSignal.abort() });
        expect(traits.isAbortError(await failureOf(aborted))).toBe(true);
        expect(rig.tokens.requests).toHaveLength(0);
        expect(rig.api.requests).toHaveLength(0);
      });

      test('while waiting for a new token after a 401 is the error of the host', async () => {
        const client = await rig.warmClientOf();
        rig.api.rejected.add('token-1');
        rig.tokens.gate.shut();
        const controller = new AbortController();
        const aborted = client.send({ url: `${rig.api.origin}/aborted`, signal: controller.signal });
        const kept = client.send({ url: `${rig.api.origin}/kept` });
        const failure = failureOf(aborted);
        await Promise.all([rig.tokens.reached(2), rig.api.reached(3)]);
        controller.abort();
        expect(traits.isAbortError(await failure)).toBe(true);
        rig.tokens.gate.open();
        expect((await kept).status).toBe(200);
        expect(rig.api.requests.filter(({ path }) => path === '/aborted')).toHaveLength(1);
      });
    });
  });
}
