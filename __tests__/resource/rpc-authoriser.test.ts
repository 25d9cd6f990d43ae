import { describe, expect, test } from '@jest/globals';
import { staticTokenSource } from '../../src/provider/static-token-source.ts';
import { rpcAuthoriser, rpcUrl } from '../../src/resource/rpc-authoriser.ts';

const source = staticTokenSource('a');

describe('the address of a call', () => {
  test.each([
    ['https://api.example/a.B', true, 'https://api.example/a.B/C'],
    ['https://api.example/a.B', false, 'http://api.example/a.B/C'],
    ['https://127.0.0.1/a.B', false, 'http://127.0.0.1/a.B/C'],
    ['https://::1/a.B', true, 'https://[::1]/a.B/C'],
    ['https://[::1]/a.B', true, 'https://[::1]/a.B/C'],
  ])('of the service %s, encrypted: %s', (service, isEncrypted, url) => {
    expect(rpcUrl(service, '/a.B/C', isEncrypted).href).toBe(url);
  });
});

describe('of origins the hosts count', () => {
  test.each([
    ['https://api.example', 'https://api.example/a.B/C', true],
    ['https://api.example:8443', 'https://api.example/a.B/C', true],
    ['http://127.0.0.1:50051', 'https://127.0.0.1/a.B/C', true],
    ['https://[::1]:50051', 'https://[::1]/a.B/C', true],
    ['https://api.example', 'https://other.example/a.B/C', false],
    ['https://api.example', 'https://api.example.evil.example/a.B/C', false],
  ])('%s, for a call to %s', (origins, url, isAllowed) => {
    for (const given of [origins, [new URL(origins)]]) {
      const check = (): void => rpcAuthoriser(source, { origins: given }).check(new URL(url));
      if (isAllowed) expect(check).not.toThrow();
      else expect(check).toThrow(expect.objectContaining({ code: 'ERR_TOKENFLIGHT_ORIGIN_NOT_ALLOWED' }));
    }
  });

  test('and https, save on loopback', () => {
    const authoriser = rpcAuthoriser(source, { origins: 'https://api.example' });
    const check = (): void => authoriser.check(new URL('http://api.example/a.B/C'));
    expect(check).toThrow(expect.objectContaining({ code: 'ERR_TOKENFLIGHT_INSECURE_URL' }));
  });

  test('and a function is asked for the whole address', () => {
    const asked: string[] = [];
    const origins = ({ href }: URL): boolean => asked.push(href) > 0;
    rpcAuthoriser(source, { origins }).check(new URL('https://api.example/a.B/C'));
    expect(asked).toEqual(['https://api.example/a.B/C']);
  });

  test('and there are no others', () => {
    for (const otherOrigins of ['pass', 'refuse', undefined]) {
      const options = { origins: 'https://api.example', otherOrigins };
      const expected = expect.objectContaining({
        option: 'otherOrigins',
        message: expect.stringContaining('not a known'),
      });
      expect(() => rpcAuthoriser(source, options)).toThrow(expected);
    }
  });

  test('and mistakes are named', () => {
    for (const origins of [[], 'api.example', 'http://api.example', 'https://*.example']) {
      expect(() => rpcAuthoriser(source, { origins })).toThrow(expect.objectContaining({ option: 'origins' }));
    }
    expect(() => rpcAuthoriser(source, undefined as never)).toThrow(expect.objectContaining({ option: 'origins' }));
  });
});
