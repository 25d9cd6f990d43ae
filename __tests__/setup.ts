import { afterAll, afterEach, beforeAll, jest } from '@jest/globals';
import nock from 'nock';

const loopback = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
const unmatched: string[] = [];

// A request that nock knows no answer for is answered with status 501, which a retry loop would hide.
const onNoMatch = (request: unknown): void => {
  const { method, url } = request as { method: string; url: string };
  if (!loopback.test(new URL(url).host)) unmatched.push(`${method} ${url}`);
};

beforeAll(() => {
  if (!nock.isActive()) nock.activate();
  nock.disableNetConnect();
  nock.enableNetConnect(loopback);
  nock.emitter.on('no match', onNoMatch);
});

afterEach(() => {
  jest.useRealTimers();
  nock.abortPendingRequests();
  nock.cleanAll();
  const seen = unmatched.splice(0);
  if (seen.length > 0) throw new Error(`nock: no match for ${seen.join(', ')}`);
});

// Test files of one worker share the patched sockets: without restoring them, the next file's requests fail.
afterAll(() => {
  nock.emitter.off('no match', onNoMatch);
  nock.restore();
});
