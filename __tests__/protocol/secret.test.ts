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

it.each([' s s \n', ' s s \r\n', ' s s \n\r\n\n'])(
  'line breaks at the end of %j are no part of a secret, spaces are',
  async (text) => {
    for (const given of [text, () => text]) expect(await readSecret(given, 'it')).toBe(' s s ');
  },
);

it('what is in a secret, or before it, is left as it is', async () => {
  expect(await readSecret('\n-----BEGIN\r\nEND-----\t', 'it')).toBe('\n-----BEGIN\r\nEND-----\t');
});

it('white space around a token is no part of it', async () => {
  for (const text of [' t', ' t \r\n', '\tt\n']) expect(await readToken(() => text, 'it')).toBe('t');
  await expect(readToken(() => ' \n', 'it')).rejects.toThrow('it is empty');
});

it.each(['\n', '\r\n'])('a file that holds %j alone holds no secret', async (text) => {
  await expect(readSecret(text, 'it')).rejects.toThrow('it is empty');
  await expect(readSecret(() => text, 'it')).rejects.toThrow('the function for it gave no text');
});
