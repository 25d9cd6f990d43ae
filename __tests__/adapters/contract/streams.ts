import { describe, expect, test } from '@jest/globals';
import { ApiServer } from '../../servers/api-server.ts';
import { Gate } from '../../servers/gate.ts';
import { selfSignedCertificate } from '../../servers/self-signed.ts';
import type { Contract } from './rig.ts';
import { absent, rule } from './rules.ts';

export function streams({ rig, traits }: Contract): void {
  rule(9, () => {
    describe('the token', () => {
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

      test.each([
        ['200', 'token-1', 200],
        ['401 and a repetition', 'token-2', 200],
      ])(
        'goes with a request whose answer has others before it, and trailers behind: %s',
        async (_, accepted, status) => {
          const client = await rig.warmClientOf();
          rig.api.on('/hints', ({ received, response }) => {
            response.writeProcessing();
            response.writeEarlyHints({ link: '</style.css>; rel=preload' });
            response.writeHead(received.token === accepted ? 200 : 401, { trailer: 'x-sum' });
            response.write('all of ');
            response.addTrailers({ 'x-sum': '42' });
            response.end('it');
          });
          expect(await client.send({ url: `${rig.api.origin}/hints` })).toEqual({ status, text: 'all of it' });
          expect(rig.api.tokens.at(-1)).toBe(accepted);
        },
      );

      if (traits.speaksHttp2) {
        test('goes over HTTP/2, and is replaced there', async () => {
          const certificate = selfSignedCertificate();
          const secure = await ApiServer.start(certificate);
          secure.rejected.add('token-1');
          const client = rig.clientOf(
            { origins: secure.origin },
            { http2: { certificateAuthority: certificate.cert } },
          );
          const answer = await client.send({ url: `${secure.origin}/http2`, body: { text: 'text' } });
          await secure.close();
          expect(answer).toEqual({ status: 200, text: 'welcome' });
          expect(secure.tokens).toEqual(['token-1', 'token-2']);
          expect(secure.requests.map(({ version }) => version)).toEqual(['2.0', '2.0']);
        });
      } else {
        absent('no option for HTTP/2');
      }
    });
  });
}
