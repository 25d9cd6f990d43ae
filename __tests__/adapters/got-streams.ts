import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { tokenflightErrorIn } from './contract/errors.ts';
import type { GotRig } from './got-rig.ts';

/** Streams of got, of which it calls no `afterResponse`. Registers the tests. */
export function gotStreams(rig: GotRig): void {
  describe('a stream', () => {
    test('carries the token', async () => {
      expect(await text(rig.client().stream(`${rig.api.origin}/stream`))).toBe('welcome');
      expect(rig.api.tokens).toEqual(['token-1']);
    });

    test('that is refused renews the token for the next request', async () => {
      await rig.rejectFirstToken();
      const refused = rig.client().stream(`${rig.api.origin}/stream`);
      const [error] = await once(refused.resume(), 'error').catch((thrown) => [thrown]);
      expect(error).toMatchObject({ name: 'HTTPError', response: { statusCode: 401 } });
      expect(await text(rig.client().stream(`${rig.api.origin}/stream`))).toBe('welcome');
      expect(rig.api.tokens).toEqual(['token-1', 'token-2']);
      expect(rig.events).toContainEqual(
        expect.objectContaining({ type: 'replay-skipped', why: 'body-not-replayable' }),
      );
    });

    test('that is refused is handed over where statuses are no errors, and renews the token as well', async () => {
      await rig.rejectFirstToken();
      const refused = rig.client().stream(`${rig.api.origin}/stream`, { throwHttpErrors: false });
      expect(await text(refused)).toBe('who are you?');
      expect(await text(rig.client().stream(`${rig.api.origin}/stream`))).toBe('welcome');
      expect(rig.api.tokens).toEqual(['token-1', 'token-2']);
    });

    test('that its user repeats carries the new token', async () => {
      await rig.rejectFirstToken();
      const retry = { limit: 1, statusCodes: [401], calculateDelay: () => 1 };
      const first = rig.client().stream(`${rig.api.origin}/stream`, { retry });
      const repeated = new Promise<Readable>((resolve) => {
        first.once('retry', (_count: number, _error: unknown, repeat: () => Readable) => resolve(repeat()));
      });
      first.resume();
      expect(await text(await repeated)).toBe('welcome');
      expect(rig.api.tokens).toEqual(['token-1', 'token-2']);
    });

    test('that follows a redirect elsewhere leaves the token behind', async () => {
      rig.api.redirect('/start', `${rig.other.origin}/end`);
      rig.other.on('/end', ({ answer }) => answer(200, 'public'));
      expect(await text(rig.client().stream(`${rig.api.origin}/start`))).toBe('public');
      expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
    });

    test('to a foreign origin is refused', async () => {
      const stream = rig.client().stream(`${rig.other.origin}/stream`);
      const [error] = await once(stream.resume(), 'error').catch((thrown) => [thrown]);
      expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
      expect(rig.other.requests).toHaveLength(0);
    });

    test('sends what is written to it', async () => {
      const stream = rig.client().stream.post(`${rig.api.origin}/upload`);
      stream.end('written');
      expect(await text(stream)).toBe('welcome');
      expect(rig.api.requests).toMatchObject([{ token: 'token-1', body: Buffer.from('written') }]);
    });
  });
}
