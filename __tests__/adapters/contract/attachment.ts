import { describe, expect, test } from '@jest/globals';
import type { TokenSource } from '../../../src/values/token-source.ts';
import { TokenServer } from '../../servers/token-server.ts';
import { failureOf, tokenflightErrorIn } from './errors.ts';
import type { Client } from './host.ts';
import { type Contract, providerOf } from './rig.ts';
import { absent, rule } from './rules.ts';

export function tokenAttachment({ makeClient, rig, traits }: Contract): void {
  /** One client with two providers, each for an origin of its own. */
  const twoProviders = async (): Promise<TwoProviders> => {
    const otherTokens = await TokenServer.start('other');
    const otherProvider = providerOf(otherTokens);
    const further = [{ source: otherProvider, options: { origins: rig.other.origin, otherOrigins: 'pass' } as const }];
    return {
      client: rig.clientOf({ otherOrigins: 'pass' }, { further }),
      otherTokens,
      async [Symbol.asyncDispose]() {
        await Promise.all([otherProvider.close(), otherTokens.close()]);
      },
    };
  };

  rule(1, () => {
    describe('the token', () => {
      test('is attached, and asked for once', async () => {
        const client = rig.clientOf();
        for (let call = 0; call < 3; call++) {
          expect(await client.send({ url: `${rig.api.origin}/things` })).toEqual({ status: 200, text: 'welcome' });
        }
        expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual(
          Array.from({ length: 3 }, () => ['Bearer token-1']),
        );
        expect(rig.tokens.requests).toHaveLength(1);
      });

      test('is the one that the option "request" describes', async () => {
        await rig
          .clientOf({ request: { scope: 'api:read', audience: 'https://api.example' } })
          .send({ url: rig.api.origin });
        expect(Object.fromEntries(rig.tokens.requests[0]?.form ?? [])).toMatchObject({
          scope: 'api:read',
          audience: 'https://api.example',
        });
      });

      if (traits.takesTokenRequest) {
        test('is the one that a single request describes, which the option "request" fills', async () => {
          const client = rig.clientOf({ request: { scope: 'api:read', audience: 'https://api.example' } });
          const tokenRequest = { scope: 'api:write' };
          await client.send({ url: `${rig.api.origin}/read` });
          await client.send({ url: `${rig.api.origin}/write`, tokenRequest });
          rig.api.rejected.add('token-2');
          expect((await client.send({ url: `${rig.api.origin}/write`, tokenRequest })).status).toBe(200);
          await client.send({ url: `${rig.api.origin}/read` });
          expect(rig.api.tokens).toEqual(['token-1', 'token-2', 'token-2', 'token-3', 'token-1']);
          expect(rig.tokens.requests.map(({ form }) => form.get('scope'))).toEqual([
            'api:read',
            'api:write',
            'api:write',
          ]);
          expect(rig.tokens.requests.map(({ form }) => form.get('audience'))).toEqual(
            Array(3).fill('https://api.example'),
          );
        });

        test('is not asked for with a description of a single request that is misspelt', async () => {
          const client = rig.clientOf({ request: { scope: 'api:read' } });
          for (const tokenRequest of [{ scopes: 'api:write' }, 'api:write']) {
            const error = await failureOf(client.send({ url: rig.api.origin, tokenRequest: tokenRequest as object }));
            expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_CONFIGURATION');
          }
          expect(rig.api.requests).toHaveLength(0);
        });
      } else {
        absent('what a token is asked for cannot be said with a single request');
      }

      if (traits.attachesAtOnce) {
        test('that is cached is attached without waiting for a promise', async () => {
          await rig.provider.getToken();
          const source: TokenSource = {
            peek: (request) => rig.provider.peek(request),
            getToken: () => Promise.reject(new Error('no need to ask')),
            invalidate: (token) => rig.provider.invalidate(token),
          };
          expect((await rig.clientOf({}, { source }).send({ url: rig.api.origin })).status).toBe(200);
          expect(rig.api.tokens).toEqual(['token-1']);
        });
      } else {
        absent('always asynchronous: its headers are a promise');
      }

      if (traits.takesSeveralProviders) {
        test('of each of two providers on one client goes to its own origin, and nowhere else', async () => {
          await using both = await twoProviders();
          const { client, otherTokens } = both;
          const here = `${rig.api.origin}/here`;
          const there = `${rig.other.origin}/there`;
          await Promise.all([client.send({ url: here }), client.send({ url: there })]);
          rig.api.rejected.add('token-1');
          rig.other.rejected.add('other-1');
          const answers = await Promise.all([client.send({ url: there }), client.send({ url: here })]);
          expect(answers.map(({ status }) => status)).toEqual([200, 200]);
          expect(rig.api.tokens).toEqual(['token-1', 'token-1', 'token-2']);
          expect(rig.other.tokens).toEqual(['other-1', 'other-1', 'other-2']);
          expect([rig.tokens.requests.length, otherTokens.requests.length]).toEqual([2, 2]);
        });

        test('of neither of two providers on one client follows a redirect to the origin of the other', async () => {
          await using both = await twoProviders();
          rig.api.redirect('/start', `${rig.other.origin}/end`);
          expect((await both.client.send({ url: `${rig.api.origin}/start` })).status).toBe(401);
          expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
          expect(both.otherTokens.requests).toHaveLength(0);
        });

        test('is not sent to an origin of neither provider, which the last one refuses', async () => {
          const further = [{ source: rig.provider, options: { origins: rig.other.origin } }];
          const client = rig.clientOf({ otherOrigins: 'pass' }, { further });
          await client.send({ url: rig.api.origin });
          const error = await failureOf(client.send({ url: `http://localhost:${rig.other.port}/` }));
          expect(tokenflightErrorIn(error)?.code).toBe('ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED');
          expect([rig.api.requests.length, rig.other.requests.length]).toEqual([1, 0]);
        });

        test('is not sent to an origin of nobody, which passes without one where that is meant', async () => {
          const url = `${rig.other.origin}/open`;
          rig.other.on('/open', ({ answer }) => answer(401, 'not yours'));
          expect(await rig.clientOf({ otherOrigins: 'pass' }).send({ url })).toEqual({
            status: 401,
            text: 'not yours',
          });
          expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
          expect(rig.tokens.requests).toHaveLength(0);
        });
      } else {
        absent('one provider for each client');
      }

      test('of each of two providers goes to its own origin', async () => {
        const otherTokens = await TokenServer.start('other');
        const otherProvider = providerOf(otherTokens);
        const here = rig.clientOf();
        const there = makeClient({ source: otherProvider, options: { origins: rig.other.origin } });
        await Promise.all([here.send({ url: rig.api.origin }), there.send({ url: rig.other.origin })]);
        await Promise.all([otherProvider.close(), otherTokens.close()]);
        expect(rig.api.tokens).toEqual(['token-1']);
        expect(rig.other.tokens).toEqual(['other-1']);
      });
    });
  });

  rule(2, () => {
    describe('the token', () => {
      test('gives way to an Authorization that the caller set, in any case', async () => {
        const client = rig.clientOf();
        for (const header of ['Authorization', 'authorization']) {
          const answer = await client.send({ url: `${rig.api.origin}/mine`, headers: { [header]: 'Basic bWluZQ==' } });
          expect(answer.status).toBe(401);
        }
        expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Basic bWluZQ=='],
          ['Basic bWluZQ=='],
        ]);
        expect(rig.tokens.requests).toHaveLength(0);
      });

      test('is there once only when the adapter was put on twice by mistake', async () => {
        const client = await rig.warmClientOf({}, { layers: 2 });
        rig.api.rejected.add('token-1');
        expect((await client.send({ url: `${rig.api.origin}/twice` })).status).toBe(200);
        expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([
          ['Bearer token-1'],
          ['Bearer token-1'],
          ['Bearer token-2'],
        ]);
      });

      if (!traits.followsNoRedirects) {
        test('is there once only also when such a request is redirected', async () => {
          rig.api.redirect('/start', '/over');
          rig.api.redirect('/over', `${rig.other.origin}/end`);
          rig.other.on('/end', ({ answer }) => answer(200, 'public'));
          const origins = [rig.api.origin, rig.other.origin];
          const answer = await rig.clientOf({ origins }, { layers: 2 }).send({ url: `${rig.api.origin}/start` });
          expect(answer).toEqual({ status: 200, text: 'public' });
          expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([
            ['Bearer token-1'],
            ['Bearer token-1'],
          ]);
          expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
        });
      }

      test('does not disturb method, headers and body', async () => {
        const headers = { 'x-trace': 'abc', 'content-type': 'application/vnd.mine' };
        await rig.clientOf().send({ url: `${rig.api.origin}/put?q=1`, method: 'PUT', headers, body: { text: 'text' } });
        expect(rig.api.requests[0]).toMatchObject({
          method: 'PUT',
          path: '/put?q=1',
          headers,
          body: Buffer.from('text'),
        });
      });
    });
  });
}

interface TwoProviders extends AsyncDisposable {
  readonly client: Client;
  readonly otherTokens: TokenServer;
}
