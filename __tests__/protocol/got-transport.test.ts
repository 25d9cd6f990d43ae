import { describe, expect, it } from '@jest/globals';
import got from 'got';
import { gotTransport } from '../../src/protocol/got-transport.ts';
import { readBody } from '../../src/protocol/read-body.ts';
import { LoopbackServer } from '../servers/loopback-server.ts';

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
