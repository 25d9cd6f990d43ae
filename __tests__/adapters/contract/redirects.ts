import { describe, expect, test } from '@jest/globals';
import type { Contract } from './rig.ts';
import { absent, rule } from './rules.ts';

export function redirects({ rig, traits }: Contract): void {
  rule(8, () => {
    describe('a redirect', () => {
      if (traits.followsNoRedirects) {
        absent('it follows no redirects');
        return;
      }

      test.each([301, 302, 303, 307, 308])('within the origin keeps the token: %i', async (status) => {
        rig.api.redirect('/start', '/end', status);
        expect((await rig.clientOf().send({ url: `${rig.api.origin}/start` })).status).toBe(200);
        expect(rig.api.requests.map(({ path, authorizations }) => [path, authorizations])).toEqual([
          ['/start', ['Bearer token-1']],
          ['/end', ['Bearer token-1']],
        ]);
      });

      const open = ({ answer }: { answer(status: number, text: string): void }): void => answer(200, 'public');

      test.each([301, 302, 303, 307, 308])('to another port goes on without the token: %i', async (status) => {
        rig.api.redirect('/start', `${rig.other.origin}/end`, status);
        rig.other.on('/end', open);
        expect(await rig.clientOf().send({ url: `${rig.api.origin}/start` })).toEqual({ status: 200, text: 'public' });
        expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test.each([307, 308])('with a body to another port goes on without the token: %i', async (status) => {
        rig.api.redirect('/start', `${rig.other.origin}/end`, status);
        rig.other.on('/end', open);
        const call = { url: `${rig.api.origin}/start`, body: { text: 'body' } };
        expect(await rig.clientOf().send(call)).toEqual({ status: 200, text: 'public' });
        expect(rig.other.requests).toMatchObject([{ method: 'POST', authorizations: [], body: Buffer.from('body') }]);
      });

      test('to another name of the same host goes on without the token', async () => {
        rig.api.redirect('/start', `http://localhost:${rig.api.port}/end`);
        rig.api.on('/end', open);
        expect((await rig.clientOf().send({ url: `${rig.api.origin}/start` })).status).toBe(200);
        expect(rig.api.requests.map(({ authorizations }) => authorizations)).toEqual([['Bearer token-1'], []]);
      });

      test('to another origin that is allowed as well goes on without the token', async () => {
        rig.api.redirect('/start', `${rig.other.origin}/end`);
        rig.other.on('/end', open);
        await rig.clientOf({ origins: [rig.api.origin, rig.other.origin] }).send({ url: `${rig.api.origin}/start` });
        expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[]]);
      });

      test('that comes back to the first origin does not bring the token back', async () => {
        rig.api.redirect('/start', '/middle');
        rig.api.redirect('/middle', `${rig.other.origin}/over`);
        rig.other.redirect('/over', '/there');
        rig.other.redirect('/there', `${rig.api.origin}/end`);
        rig.api.on('/end', open);
        expect((await rig.clientOf().send({ url: `${rig.api.origin}/start` })).status).toBe(200);
        expect(rig.other.requests.map(({ authorizations }) => authorizations)).toEqual([[], []]);
        expect(rig.api.requests.map(({ path, authorizations }) => [path, authorizations])).toEqual([
          ['/start', ['Bearer token-1']],
          ['/middle', ['Bearer token-1']],
          ['/end', []],
        ]);
      });

      test('to another origin that answers 401 says nothing about the token', async () => {
        const client = rig.clientOf();
        rig.api.redirect('/start', `${rig.other.origin}/end`);
        expect(await client.send({ url: `${rig.api.origin}/start` })).toEqual({ status: 401, text: 'who are you?' });
        expect((await client.send({ url: `${rig.api.origin}/next` })).status).toBe(200);
        expect(rig.other.requests).toHaveLength(1);
        expect(rig.api.tokens).toEqual(['token-1', 'token-1']);
        expect(rig.tokens.requests).toHaveLength(1);
      });

      if (traits.tellsOfRedirects) {
        test('that comes back to a 401 says nothing about the token', async () => {
          const client = rig.clientOf();
          rig.api.redirect('/start', `${rig.other.origin}/over`);
          rig.other.redirect('/over', `${rig.api.origin}/end`);
          expect((await client.send({ url: `${rig.api.origin}/start` })).status).toBe(401);
          expect(rig.api.tokens).toEqual(['token-1', undefined]);
          expect(rig.tokens.requests).toHaveLength(1);
          expect(rig.tell('invalidated')).toEqual([]);
        });
      } else {
        absent('it cannot see the hops of a redirect');
      }

      test('within the origin that ends in a 401 is repeated', async () => {
        const client = await rig.warmClientOf();
        rig.api.redirect('/start', '/end');
        rig.api.rejected.add('token-1');
        expect((await client.send({ url: `${rig.api.origin}/start` })).status).toBe(200);
        expect(rig.api.requests.at(-1)).toMatchObject({ path: '/end', token: 'token-2' });
        expect(rig.tokens.requests).toHaveLength(2);
      });

      test('after a POST that was acted upon does not make it be sent twice', async () => {
        const client = await rig.warmClientOf();
        rig.api.redirect('/jobs', '/jobs/1', 303);
        rig.api.on('/jobs/1', ({ received, answer }) => answer(received.token === 'token-1' ? 401 : 200));
        const { status } = await client.send({ url: `${rig.api.origin}/jobs`, body: { text: 'do it' } });
        expect(rig.api.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
        expect(status).toBe(traits.tellsOfRedirects ? 200 : 401);
        expect((await client.send({ url: `${rig.api.origin}/jobs/1` })).status).toBe(200);
      });
    });
  });
}
