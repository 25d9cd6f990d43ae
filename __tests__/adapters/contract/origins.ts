import { describe, expect, test } from '@jest/globals';
import nock from 'nock';
import { failureOf, tokenflightErrorIn } from './errors.ts';
import type { Client } from './host.ts';
import type { Contract } from './rig.ts';
import { absent, rule } from './rules.ts';

export function tokenOrigins({ rig, traits }: Contract): void {
  rule(8, () => {
    describe('where the token may go', () => {
      const expectRefusal = async (client: Client, url: string, code: string): Promise<void> => {
        const error = tokenflightErrorIn(await failureOf(client.send({ url })));
        expect(error?.code).toBe(code);
        expect([...rig.api.requests, ...rig.other.requests]).toEqual([]);
        expect(rig.tokens.requests).toHaveLength(0);
      };

      test('a first request to an origin that is not named is refused', async () => {
        await expectRefusal(rig.clientOf(), `${rig.other.origin}/foreign`, 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
        const sameHostByAnotherName = `http://localhost:${rig.api.port}/`;
        await expectRefusal(rig.clientOf(), sameHostByAnotherName, 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
      });

      test('a trailing dot makes another origin', async () => {
        const origins = `http://localhost:${rig.api.port}`;
        await expectRefusal(
          rig.clientOf({ origins }),
          `http://localhost.:${rig.api.port}/`,
          'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED',
        );
      });

      test('user info does not make another host look like an allowed one', async () => {
        const answer = rig.clientOf().send({ url: `http://127.0.0.1:${rig.api.port}@127.0.0.1:${rig.other.port}/` });
        await answer.catch(() => {}); // some hosts refuse such an address, others send the user info
        expect(rig.other.tokens.filter((token) => token !== undefined)).toEqual([]);
        expect(rig.api.requests).toEqual([]);
      });

      test('user info is never sent together with a token', async () => {
        const answer = rig.clientOf().send({ url: `http://user:word@127.0.0.1:${rig.api.port}/` });
        await answer.catch(() => {});
        const alone = traits.dropsUserInfo ? 'Bearer token-1' : 'Basic dXNlcjp3b3Jk';
        for (const { authorizations } of rig.api.requests) expect(authorizations).toEqual([alone]);
      });

      test('plain http to a host that is not loopback is refused', async () => {
        nock.activate(); // which would say if anything was sent
        await expectRefusal(
          rig.clientOf({ origins: () => true }),
          'http://api.example/',
          'ERR_TOKENFLIGHT_INSECURE_URL',
        );
      });

      test('an address without a scheme is for the host to refuse', async () => {
        const error = await failureOf(
          rig.clientOf({ origins: () => true }).send({ url: `//127.0.0.1:${rig.api.port}/` }),
        );
        expect(tokenflightErrorIn(error)).toBeUndefined();
        expect(rig.api.requests).toEqual([]);
      });

      test.each([
        ['a backslash', (api: string, other: string) => `http://${api}\\@${other}/`],
        ['a tab', (api: string, other: string) => `http://${api}\t@${other}/`],
        ['an encoded @', (api: string, other: string) => `http://${api}%40${other}/`],
        ['a fragment', (api: string, other: string) => `http://${other}#@${api}/`],
        ['a query', (api: string, other: string) => `http://${other}?@${api}/`],
      ])('an address that only looks allowed is not: %s', async (_, spell) => {
        const url = spell(`127.0.0.1:${rig.api.port}`, `127.0.0.1:${rig.other.port}`);
        await rig
          .clientOf()
          .send({ url })
          .catch(() => {});
        expect(rig.other.tokens.filter((token) => token !== undefined)).toEqual([]);
      });

      if (traits.hasBaseUrl) {
        test('an absolute address counts, and not the base address that it overrides', async () => {
          const call = { url: `${rig.other.origin}/foreign`, baseUrl: rig.api.origin };
          const error = tokenflightErrorIn(await failureOf(rig.clientOf().send(call)));
          expect(error?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
          expect(rig.other.requests).toEqual([]);
        });
      } else {
        absent('no option for a base URL');
      }

      test.each([
        ['an upper-case host', (port: number) => [`http://localhost:${port}`, `http://LOCALHOST:${port}/`]],
        ['an upper-case origin', (port: number) => [`HTTP://LocalHost:${port}`, `http://localhost:${port}/`]],
        ['one of several origins', (port: number) => [`http://127.0.0.1:${port}`, `http://127.0.0.1:${port}/`]],
      ])('spelling makes no difference: %s', async (_, spell) => {
        const [origin = '', url = ''] = spell(rig.api.port);
        await rig.clientOf({ origins: ['https://elsewhere.example', new URL(origin)] }).send({ url });
        expect(rig.api.tokens).toEqual(['token-1']);
      });

      if (traits.sendsInClearToProxies) absent('to a proxy with an http address it sends requests for https in clear');

      if (traits.bypassesNock) {
        absent('not tested with nock, which does not answer it');
        return;
      }

      test.each([
        ['the default port', 'https://api.example:443', 'https://api.example/things'],
        ['the default port in the address', 'https://api.example', 'https://api.example:443/things'],
        ['an international name', 'https://bücher.example', 'https://xn--bcher-kva.example/things'],
      ])('spelling makes no difference: %s', async (_, origins, url) => {
        nock.activate();
        nock(new URL(url).origin).get('/things').matchHeader('authorization', 'Bearer token-1').reply(200, 'welcome');
        expect(await rig.clientOf({ origins }).send({ url })).toEqual({ status: 200, text: 'welcome' });
      });
    });
  });
}
