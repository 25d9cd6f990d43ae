import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import got from 'got';
import got14 from 'got-14';
import got15 from 'got-15';
import nock from 'nock';
import { gotTransport } from '../../src/protocol/got-transport.ts';
import { readBody } from '../../src/protocol/read-body.ts';
import { LoopbackServer } from '../servers/loopback-server.ts';
import { selfSignedCertificate } from '../servers/self-signed.ts';

describe('a token request through got', () => {
  it('is sent as it is, once, and answered as it is, whatever the status', async () => {
    let requests = 0;
    const server = await LoopbackServer.start(async (request, response) => {
      requests++;
      let body = '';
      for await (const chunk of request) body += chunk;
      response.writeHead(503, { 'retry-after': '7', 'set-cookie': ['a=1', 'b=2'], location: '/elsewhere' });
      response.end(JSON.stringify([request.method, request.headers['content-type'], request.headers['x-own'], body]));
    });
    const transport = gotTransport(got.extend({ headers: { 'x-own': 'kept' } }));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const response = await transport(server.origin, { method: 'POST', headers, body: 'a=b&c=d' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '7']);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.json()).toEqual(['POST', headers['content-type'], 'kept', 'a=b&c=d']);
    expect(requests).toBe(1);
    await server.close();
  });

  it('follows no redirect', async () => {
    const server = await LoopbackServer.start((_request, response) => {
      response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
    });
    const response = await gotTransport(got)(server.origin, { method: 'POST', body: 'secret=1' });
    expect(response.status).toBe(307);
    await server.close();
  });

  it('ends with its signal, and fails as got fails', async () => {
    const server = await LoopbackServer.start((request) => void request.resume());
    const controller = new AbortController();
    const sent = gotTransport(got)(server.origin, { method: 'POST', body: 'a=b', signal: controller.signal });
    controller.abort();
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' });
    await server.close();
    await expect(gotTransport(got)(server.origin, { method: 'GET' })).rejects.toMatchObject({ name: 'RequestError' });
  });

  it('leaves an endless answer where the reader stops', async () => {
    let isOver: Promise<void> | undefined;
    const server = await LoopbackServer.start((_request, response) => {
      isOver = new Promise((resolve) => response.on('close', resolve));
      const more = (): void => void (response.writable && response.write('x'.repeat(65_536), more));
      more();
    });
    const response = await gotTransport(got)(server.origin, { method: 'GET' });
    await expect(readBody(response, 200_000)).rejects.toThrow();
    await isOver;
    await server.close();
  });
});

describe.each<[string, typeof got]>([
  ['got 14', got14 as unknown as typeof got],
  ['got 15', got15 as unknown as typeof got],
  ['got 16', got],
])('an answer through %s', (_, version) => {
  beforeAll(() => nock.restore()); // it knows no HTTP/2
  afterAll(() => nock.activate());

  it('over HTTP/2 has the headers that are real ones', async () => {
    const certificate = selfSignedCertificate();
    const server = await LoopbackServer.start((request, response) => {
      request.resume();
      response.setHeader('x-version', request.httpVersion);
      response.end('{}');
    }, certificate);
    const instance = version.extend({ http2: true, https: { certificateAuthority: certificate.cert } });
    const response = await gotTransport(instance)(server.origin, { method: 'POST', body: 'a=b' });
    expect([response.status, response.headers.get('x-version')]).toEqual([200, '2.0']);
    expect(await response.text()).toBe('{}');
    await server.close();
  });

  it('keeps a status that HTTP does not have', async () => {
    const server = await LoopbackServer.start((_request, response) => void response.writeHead(999).end('{}'));
    const response = await gotTransport(version)(server.origin, { method: 'POST', body: 'a=b' });
    expect([response.status, response.ok, await readBody(response, 100)]).toEqual([999, false, '{}']);
    await server.close();
  });
});
