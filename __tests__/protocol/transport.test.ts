import { afterEach, expect, it, jest } from '@jest/globals';
import { platformTransport } from '../../src/protocol/transport.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

it('the platform transport is the global fetch of the moment, so that an instrumented one is honoured', async () => {
  const answer = new Response('patched');
  const patched = jest.spyOn(globalThis, 'fetch').mockResolvedValue(answer);
  const init = { method: 'POST' };
  expect(await platformTransport('https://auth.example/token', init)).toBe(answer);
  expect(patched).toHaveBeenCalledWith('https://auth.example/token', init);
});
