import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import type { ExtendOptions, Got } from 'got';
import { ApiServer } from '../servers/api-server.ts';
import { selfSignedCertificate } from '../servers/self-signed.ts';
import { printed, tokenflightErrorIn } from './contract/errors.ts';
import { failureOf, type GotRig } from './got-rig.ts';

/** What the hooks of the caller may do, before ours and after. Registers the tests. */
export function gotHooks(rig: GotRig): void {
  describe('the hooks of the caller', () => {
    test('before and after ours are run for the repetition as well', async () => {
      await rig.rejectFirstToken();
      const seen: string[] = [];
      const noting = (where: string): ExtendOptions => ({
        hooks: {
          beforeRequest: [({ headers }) => void seen.push(`${where} sends ${headers['authorization']}`)],
          afterResponse: [
            (response) => {
              seen.push(`${where} receives ${response.statusCode}`);
              return response;
            },
          ],
        },
      });
      const call = rig.got.extend(noting('outer'), { retry: { limit: 0 } }, rig.hooks(), noting('inner')) as Got;
      expect((await call(`${rig.api.origin}/hooked`)).statusCode).toBe(200);
      expect(seen).toEqual([
        'outer sends undefined',
        'inner sends Bearer token-1',
        'outer receives 401',
        'outer sends undefined',
        'inner sends Bearer token-2',
        'outer receives 200',
        'inner receives 200',
      ]);
    });

    test('may replace the Authorization, whose 401 is then theirs', async () => {
      const call = rig.client({
        hooks: {
          beforeRequest: [
            ({ headers }) => {
              headers['authorization'] = 'Mine';
            },
          ],
        },
      });
      expect((await failureOf(call(`${rig.api.origin}/mine`))).response?.statusCode).toBe(401);
      expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([['Mine']]);
      expect(rig.events.filter(({ type }) => type === 'invalidated')).toEqual([]);
    });

    test('may change the address before ours is run, and the new one counts', async () => {
      const turn: ExtendOptions = {
        hooks: {
          beforeRequest: [
            (request) => {
              request.url = new URL(`${rig.other.origin}/turned`);
            },
          ],
        },
      };
      const error = await failureOf(
        rig.got.extend({ retry: { limit: 0 } }, turn, rig.hooks())(`${rig.api.origin}/straight`),
      );
      expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
      expect(rig.other.requests).toHaveLength(0);
    });

    describe('that change the address after it was checked', () => {
      const turning = (change: (url: URL) => URL): ExtendOptions => ({
        hooks: {
          beforeRequest: [
            (request) => {
              request.url = change(request.url as URL);
            },
          ],
        },
      });
      const toOther = turning(() => new URL(`${rig.other.origin}/turned`));
      const refused = 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED';

      test.each([
        ['by another address', toOther],
        [
          'in place',
          turning((url) => {
            url.port = `${rig.other.port}`;
            return url;
          }),
        ],
      ])('end the request before anything was sent: %s', async (_, turn) => {
        const call = rig.client({ retry: { limit: 2 } }, turn);
        const error = await failureOf(call.put(`${rig.api.origin}/straight`, { body: 'text' }));
        expect(tokenflightErrorIn(error)).toMatchObject({ code: refused, origin: rig.other.origin });
        expect(printed(error, false)).not.toContain('token-1');
        await rig.provider.getToken();
        expect([...rig.api.requests, ...rig.other.requests]).toEqual([]);
      });

      test('end a stream before anything was sent', async () => {
        const stream = rig.client(toOther).stream(`${rig.api.origin}/straight`);
        const [error] = await once(stream.resume(), 'error').catch((thrown) => [thrown]);
        expect(tokenflightErrorIn(error)?.code).toBe(refused);
        expect(rig.other.requests).toHaveLength(0);
      });

      test('end a request over HTTP/2 before anything was sent', async () => {
        const certificate = selfSignedCertificate();
        const [secure, elsewhere] = await Promise.all([ApiServer.start(certificate), ApiServer.start(certificate)]);
        const call = rig.got.extend(
          { http2: true, https: { certificateAuthority: certificate.cert } },
          rig.hooks({ origins: secure.origin }),
          turning(() => new URL(`${elsewhere.origin}/turned`)),
        );
        const error = await failureOf(call.put(`${secure.origin}/straight`, { body: 'text' }));
        await Promise.all([secure.close(), elsewhere.close()]);
        expect(tokenflightErrorIn(error)?.code).toBe(refused);
        expect([...secure.requests, ...elsewhere.requests]).toEqual([]);
      });

      test('end the request where other origins pass as well', async () => {
        const call = rig.got.extend({ retry: { limit: 0 } }, rig.hooks({ otherOrigins: 'pass' }), toOther);
        expect(tokenflightErrorIn(await failureOf(call(`${rig.api.origin}/straight`)))?.code).toBe(refused);
        expect(rig.other.requests).toHaveLength(0);
      });

      test('may lead to another origin that is allowed', async () => {
        const call = rig.got.extend(
          { retry: { limit: 0 } },
          rig.hooks({ origins: [rig.api.origin, rig.other.origin] }),
          toOther,
        );
        expect(await call(`${rig.api.origin}/straight`).text()).toBe('welcome');
        expect(rig.other.tokens).toEqual(['token-1']);
      });

      test('may take the token off and go elsewhere', async () => {
        rig.other.on('/turned', ({ answer }) => answer(200, 'public'));
        const plain: ExtendOptions = {
          hooks: { beforeRequest: [({ headers }) => void delete headers['authorization']] },
        };
        expect(await rig.client(plain, toOther)(`${rig.api.origin}/straight`).text()).toBe('public');
        expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });
    });

    test('that send a repetition elsewhere do not take the token along', async () => {
      rig.api.on('/down', ({ answer }) => answer(503));
      rig.other.on('/up', ({ answer }) => answer(200, 'public'));
      const failOver = rig.client({
        retry: { limit: 1, calculateDelay: () => 1 },
        hooks: {
          beforeRetry: [
            ({ options }) => {
              options.url = new URL(`${rig.other.origin}/up`);
            },
          ],
        },
      });
      expect(await failOver(`${rig.api.origin}/down`).text()).toBe('public');
      expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
    });

    test('that send a redirect elsewhere do not take the token along', async () => {
      rig.api.redirect('/start', '/end');
      rig.other.on('/turned', ({ answer }) => answer(200, 'public'));
      const turned = rig.client({
        hooks: {
          beforeRedirect: [
            (options) => {
              options.url = new URL(`${rig.other.origin}/turned`);
            },
          ],
        },
      });
      expect(await turned(`${rig.api.origin}/start`).text()).toBe('public');
      expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
    });

    test('find their own context in the options', async () => {
      const contexts: unknown[] = [];
      const call = rig.client({ hooks: { beforeRequest: [({ context }) => void contexts.push({ ...context })] } });
      const context = { mine: 1 };
      await call(`${rig.api.origin}/context`, { context });
      expect(contexts).toEqual([expect.objectContaining({ mine: 1 })]);
      expect(Reflect.ownKeys(context)).toEqual(['mine']);
    });
  });
}
