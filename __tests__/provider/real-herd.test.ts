import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TokenProvider } from '../../src/provider/token-provider.ts';
import { CertifiedServer } from '../servers/certified-server.ts';
import { recorded } from '../servers/recorded-transport.ts';

let server: CertifiedServer;
beforeAll(async () => {
  server = await CertifiedServer.start({ clients: [{ client_id: 'herd', client_secret: 'herd-secret' }] });
});
afterAll(() => server.close());

describe('against a certified server', () => {
  it('a thousand callers at once on a cold provider make one token request, and get the same good token', async () => {
    const log = recorded();
    await using provider = new TokenProvider({
      tokenUrl: server.tokenUrl,
      clientId: 'herd',
      clientSecret: 'herd-secret',
      transport: log.transport,
    });
    const tokens = await Promise.all(Array.from({ length: 1_000 }, () => provider.getToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(log.sent).toHaveLength(1);
    expect(await server.introspect(tokens[0]?.value ?? '')).toMatchObject({ active: true, client_id: 'herd' });
  });
});
