import { afterEach, beforeEach } from '@jest/globals';
import nock from 'nock';

/**
 * Takes nock's sockets away for the tests of the current block. They let loopback through, but are not Node's own: they
 * know no ALPN, for one. A test that wants an answer from nock calls `nock.activate()`.
 */
export function useRealSockets(): void {
  beforeEach(() => {
    nock.restore();
  });
  afterEach(() => {
    if (!nock.isActive()) nock.activate();
  });
}
