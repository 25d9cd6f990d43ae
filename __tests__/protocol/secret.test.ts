import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { readSecret, readToken, type Secret } from '../../src/protocol/secret.ts';

describe.each([
  ['a secret', readSecret],
  ['a token', readToken],
])('%s', (_, read) => {
  it('is given, or read by a function, at once or later', async () => {
    for (const given of ['s', () => 's', async () => 's']) expect(await read(given, 'it')).toBe('s');
  });

  it('passes the failure of its function on', async () => {
    const failure = new Error('sealed');
    await expect(read(() => Promise.reject(failure), 'it')).rejects.toBe(failure);
  });

  it.each([undefined, null, '', 5, {}, Buffer.from('secret-bytes')])('is not %p', async (given) => {
    await expect(read(given as Secret, 'the thing')).rejects.toThrow('the thing');
    const error: unknown = await read(() => given as string, 'the thing').catch((reason: unknown) => reason);
    expect(inspect(error)).toContain('the function for the thing gave no text');
    expect(inspect(error)).not.toContain('secret-bytes');
  });
});

it('white space at its ends belongs to a secret and not to a token', async () => {
  expect(await readSecret(' s \n', 'it')).toBe(' s \n');
  expect(await readToken(() => ' t \r\n', 'it')).toBe('t');
  await expect(readToken(() => ' \n', 'it')).rejects.toThrow('it is empty');
});
