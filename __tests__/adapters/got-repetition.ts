import { describe, expect, test } from '@jest/globals';
import type { Response } from 'got';
import { bearerHooks } from '../../src/adapters/got.ts';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { ApiServer } from '../servers/api-server.ts';
import { selfSignedCertificate } from '../servers/self-signed.ts';
import { tokenflightErrorIn } from './contract/errors.ts';
import { failureOf, type GotRig } from './got-rig.ts';

/** The repetition after a 401, beside what got itself repeats. Registers the tests. */
export function gotRepetition(rig: GotRig): void {
  describe('the repetition after a 401', () => {
    test.each([
      ['forbid every repetition', () => 0],
      ['want a long pause', () => 3_600_000],
    ])('is none of got’s own, whose rules may %s', async (_, calculateDelay) => {
      await rig.rejectFirstToken();
      const call = rig.client({ retry: { limit: 2, calculateDelay } });
      expect((await call(`${rig.api.origin}/again`)).statusCode).toBe(200);
    });

    test('goes with the shortcuts', async () => {
      await rig.rejectFirstToken();
      rig.api.on('/json', ({ received, answer }) => answer(received.token === 'token-2' ? 200 : 401, '{"ok":true}'));
      expect(
        await rig
          .client()
          .post(`${rig.api.origin}/json`, { json: { n: 1 } })
          .json(),
      ).toEqual({ ok: true });
      expect(rig.api.requests.at(-1)?.body.toString()).toBe('{"n":1}');
    });

    test('is not made for a form whose type the caller wrote', async () => {
      await rig.rejectFirstToken();
      const body = new FormData();
      body.set('name', 'value');
      const headers = { 'content-type': 'multipart/form-data; boundary=mine' };
      const error = await failureOf(rig.client().post(`${rig.api.origin}/form`, { body, headers }));
      expect(error.response?.statusCode).toBe(401);
      expect(rig.api.requests).toHaveLength(1);
    });

    test('is made once also where the same hooks were given twice', async () => {
      rig.api.accepts = () => false;
      const twice = rig.hooks();
      const call = rig.got.extend({ retry: { limit: 0 } }, twice).extend(twice);
      expect((await failureOf(call(`${rig.api.origin}/never`))).response?.statusCode).toBe(401);
      expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([
        ['Bearer token-1'],
        ['Bearer token-2'],
      ]);
    });

    test('is made on an instance that was extended further', async () => {
      await rig.rejectFirstToken();
      const call = rig
        .client()
        .extend({ headers: { 'x-one': '1' } })
        .extend({ prefixUrl: rig.api.origin });
      await call('extended', { headers: { 'x-two': '2' } });
      expect(rig.api.requests.at(-1)).toMatchObject({ token: 'token-2', headers: { 'x-one': '1', 'x-two': '2' } });
    });

    test('is made over HTTP/2', async () => {
      const certificate = selfSignedCertificate();
      const secure = await ApiServer.start(certificate);
      secure.rejected.add('token-1');
      secure.redirect('/down', `${rig.other.origin}/end`);
      const call = rig.got.extend(
        { http2: true, retry: { limit: 0 }, https: { certificateAuthority: certificate.cert } },
        rig.hooks({ origins: secure.origin }),
      );
      const body = new FormData();
      body.set('name', 'value');
      const response = await call.post(`${secure.origin}/http2`, { body });
      const below = await failureOf(call(`${secure.origin}/down`));
      await secure.close();
      expect((response as Response & { httpVersion: string }).httpVersion).toBe('2.0');
      expect(secure.tokens).toEqual(['token-1', 'token-2', 'token-2']);
      expect(secure.requests[1]?.body.toString()).toContain('name="name"');
      // From https to http: another origin.
      expect(below.response?.statusCode).toBe(401);
      expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
    });
  });

  describe('pagination', () => {
    const pages = (): void => {
      rig.api.on('/pages', ({ answer, received }) => {
        if (rig.api.rejected.has(received.token ?? '')) answer(401);
        else answer(200, '["a"]', { link: `<${rig.api.origin}/pages?2>; rel="next"` });
      });
      rig.api.on('/pages?2', ({ answer, received }) => {
        if (rig.api.rejected.has(received.token ?? '')) answer(401);
        else answer(200, '["b"]');
      });
    };

    test('sends the token for each page, and a new one when it is rejected on the way', async () => {
      pages();
      const items: string[] = [];
      for await (const item of rig.client().paginate<string>(`${rig.api.origin}/pages`)) {
        items.push(item);
        if (item === 'a') rig.api.rejected.add('token-1');
      }
      expect(items).toEqual(['a', 'b']);
      expect(rig.api.requests.map(({ path, token }) => [path, token])).toEqual([
        ['/pages', 'token-1'],
        ['/pages?2', 'token-1'],
        ['/pages?2', 'token-2'],
      ]);
    });

    test('made from the options of the page before sends a good token too', async () => {
      pages();
      const later: string[] = [];
      const pagination = {
        paginate: ({ response }: { response: Response<unknown> }) => {
          const { options } = response.request;
          if (later.length === 2) return false;
          rig.api.rejected.add(`token-${later.length + 1}`);
          later.push(`${options.url}`);
          return options;
        },
      };
      // Each page's token is rejected as soon as it was used: each page but the first is repeated once.
      const unlimited = new TokenProvider({
        tokenUrl: rig.tokens.url,
        clientId: 'client',
        clientSecret: 'secret',
        forcedRefreshIntervalMs: 0,
      });
      const call = rig.got.extend({ retry: { limit: 0 } }, bearerHooks(unlimited, { origins: rig.api.origin }));
      expect(await call.paginate.all(`${rig.api.origin}/pages`, { pagination } as object)).toEqual(['a', 'a', 'a']);
      await unlimited.close();
      expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2', 'token-2', 'token-3']);
    });

    test('that leads to a foreign origin is refused there', async () => {
      rig.api.on('/pages', ({ answer }) => answer(200, '["a"]', { link: `<${rig.other.origin}/pages?2>; rel="next"` }));
      const error = await failureOf(rig.client().paginate.all(`${rig.api.origin}/pages`));
      expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
      expect(rig.other.requests).toHaveLength(0);
    });
  });
}
