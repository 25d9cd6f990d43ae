import { describe, expect, test } from '@jest/globals';
import { Gate } from '../../servers/gate.ts';
import { TokenServer } from '../../servers/token-server.ts';
import { failureOf, tokenflightErrorIn } from './errors.ts';
import { type Contract, providerOf } from './rig.ts';

export function tokenAttachment({ makeClient, rig, traits }: Contract): void {
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
    }

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

    test('goes with a streamed body, and the answer comes back as a stream', async () => {
      const gotFirst = new Gate();
      gotFirst.shut();
      rig.api.on('/stream', async ({ response }) => {
        response.writeHead(200).write('first');
        await gotFirst.pass(); // an answer that is read whole before it is handed on would hang here
        response.end('last');
      });
      const chunks: string[] = [];
      for await (const chunk of await rig.clientOf().stream({
        url: `${rig.api.origin}/stream`,
        body: { stream: ['a', 'b'] },
      })) {
        chunks.push(new TextDecoder().decode(chunk));
        gotFirst.open();
      }
      expect(chunks).toEqual(['first', 'last']);
      expect(rig.api.requests[0]).toMatchObject({ token: 'token-1', body: Buffer.from('ab') });
    });
  });
}
