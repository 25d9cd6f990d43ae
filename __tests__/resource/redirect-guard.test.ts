import { describe, expect, it } from '@jest/globals';
import { RedirectGuard } from '../../src/resource/redirect-guard.ts';

const carried = { authorization: 'Bearer a', dpop: 'proof' };

function hopTo(href: string, more: object = {}): { headers: Record<string, unknown>; [key: string]: unknown } {
  const { protocol, hostname, port } = new URL(href);
  return {
    href,
    protocol,
    hostname,
    port,
    headers: { Authorization: 'Bearer a', DPoP: 'proof', accept: '*/*' },
    ...more,
  };
}

describe('a redirect', () => {
  it.each([
    ['within the origin', 'https://api.example/next', true],
    ['within the origin, whose port is written out', 'https://api.example:443/next', true],
    ['to a subdomain', 'https://sub.api.example/next', false],
    ['to the domain above', 'https://example/next', false],
    ['to another port', 'https://api.example:8443/next', false],
    ['to http', 'http://api.example/next', false],
    ['to a host with a trailing dot', 'https://api.example./next', false],
  ])('%s keeps token and proof: %s %j', (_, href, keeps) => {
    const guard = new RedirectGuard(new URL('https://api.example/start'), carried);
    const hop = hopTo(href);
    guard.beforeHop(hop);
    expect(hop.headers).toEqual(
      keeps ? { Authorization: 'Bearer a', DPoP: 'proof', accept: '*/*' } : { accept: '*/*' },
    );
    expect(guard).toMatchObject({ hasLeft: !keeps, redirects: 1 });
  });

  it('that comes back brings nothing back', () => {
    const guard = new RedirectGuard(new URL('https://api.example/start'), carried);
    guard.beforeHop(hopTo('https://other.example/'));
    const back = hopTo('https://api.example/');
    guard.beforeHop(back);
    expect(back.headers).toEqual({ accept: '*/*' });
  });

  it.each(['hostname', 'host', 'port', 'protocol'])('whose %s the caller changes leaves the origin', (name) => {
    const guard = new RedirectGuard(new URL('https://api.example/start'), carried);
    const hop = hopTo('https://api.example/next');
    guard.beforeHop(hop, () => Object.assign(hop, { [name]: 'other' }));
    expect(hop.headers).toEqual({ accept: '*/*' });
  });

  it('takes nothing off that is the caller’s own', () => {
    const guard = new RedirectGuard(new URL('https://api.example/start'), { authorization: 'Bearer a' });
    const hop = hopTo('https://other.example/', { headers: { authorization: 'Basic mine', dpop: 'mine' } });
    guard.beforeHop(hop);
    expect(hop.headers).toEqual({ authorization: 'Basic mine', dpop: 'mine' });
  });
});
