import { createCipheriv, createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { fromBase64Url, noSealing, sealingWith } from '../../src/store/sealing.ts';

const keyA = new Uint8Array(32).fill(1);
const keyB = new Uint8Array(32).fill(2);
const context = ['key', 'token', 'id'];
const sealing = sealingWith([keyA]);

test('what was sealed opens, whatever it is', async () => {
  for (const text of ['', 'a', 'ünïcödé 🔑', 'x'.repeat(1_000_000)]) {
    expect(await sealing.open(await sealing.seal(text, context), context)).toBe(text);
  }
});

test('the text does not show, and no two envelopes are alike', async () => {
  const [one, other] = await Promise.all([sealing.seal('secret', context), sealing.seal('secret', context)]);
  expect(one).toMatch(/^sealed1\.[\w-]{8}\.[\w-]+$/);
  expect(one).not.toContain('secret');
  expect(one).not.toBe(other);
});

test('it is AES-256-GCM as others do it', async () => {
  const id = createHash('sha256')
    .update(`18:tokenflight key id43:${Buffer.from(keyA).toString('base64url')}`)
    .digest();
  const keyId = id.subarray(0, 6).toString('base64url');
  const nonce = Buffer.alloc(12, 9);
  const cipher = createCipheriv('aes-256-gcm', keyA, nonce);
  cipher.setAAD(Buffer.from(`11:tokenflight7:sealed18:${keyId}3:key5:token2:id`));
  const body = Buffer.concat([nonce, cipher.update('made elsewhere'), cipher.final(), cipher.getAuthTag()]);
  expect(await sealing.open(`sealed1.${keyId}.${body.toString('base64url')}`, context)).toBe('made elsewhere');
});

describe('it does not open', () => {
  test.each([
    ['in another place', ['another key', 'token', 'id']],
    ['as something else', ['key', 'failure', 'id']],
    ['where the same characters are divided otherwise', ['keyt', 'oken', 'id']],
    ['with less of a context', ['key', 'token']],
    ['without one', []],
  ])('%s', async (_, otherContext) => {
    expect(await sealing.open(await sealing.seal('text', context), otherContext)).toBeUndefined();
  });

  test('with another key', async () => {
    expect(await sealingWith([keyB]).open(await sealing.seal('text', context), context)).toBeUndefined();
  });

  test('with another key that claims to be the one', async () => {
    const [, id] = (await sealing.seal('', context)).split('.');
    const other = sealingWith([keyB]);
    const [, otherId = ''] = (await other.seal('', context)).split('.');
    const envelope = (await sealing.seal('text', context)).replace(`${id}`, otherId);
    expect(await other.open(envelope, context)).toBeUndefined();
  });

  test('with any character changed, or cut off anywhere', async () => {
    const envelope = await sealing.seal('text', context);
    // The last character also holds bits that no byte is made of.
    for (let index = 0; index < envelope.length - 1; index++) {
      const changed = envelope[index] === 'A' ? 'B' : 'A';
      const damaged = `${envelope.slice(0, index)}${changed}${envelope.slice(index + 1)}`;
      expect(await sealing.open(damaged, context)).toBeUndefined();
      expect(await sealing.open(envelope.slice(0, index), context)).toBeUndefined();
    }
  });

  test.each(['', '.', '..', '...', 'sealed1', 'sealed1..', 'sealed2.AAAAAAAA.AAAA', 'plain1.text', '\0', '{"a":1}'])(
    'when it is %j',
    async (envelope) => {
      expect(await sealing.open(envelope, context)).toBeUndefined();
    },
  );
});

test('keys are changed one after the other: the first seals, all open', async () => {
  const before = await sealingWith([keyA]).seal('text', context);
  const both = sealingWith([keyB, keyA]);
  expect(await both.open(before, context)).toBe('text');
  const after = await both.seal('text', context);
  expect(await sealingWith([keyB]).open(after, context)).toBe('text');
  expect(await sealingWith([keyA]).open(after, context)).toBeUndefined();
});

test('the key is taken as it is when it is given', async () => {
  const key = Uint8Array.from(keyA);
  const early = sealingWith([key]);
  key.fill(0);
  expect(await sealing.open(await early.seal('text', context), context)).toBe('text');
});

test('unsealed texts are marked as such, and neither opens the other', async () => {
  const plain = await noSealing.seal('{"a":"b.c"}', context);
  expect(plain).toBe('plain1.{"a":"b.c"}');
  expect(await noSealing.open(plain, context)).toBe('{"a":"b.c"}');
  expect(await sealing.open(plain, context)).toBeUndefined();
  expect(await noSealing.open(await sealing.seal('text', context), context)).toBeUndefined();
});

test('base64 of both kinds is read, padded or not', () => {
  const bytes = Uint8Array.from([251, 255, 254, 1]);
  for (const text of ['+//+AQ==', '-__-AQ==', '+//+AQ', '-__-AQ']) expect(fromBase64Url(text)).toEqual(bytes);
  for (const text of ['!', 'AAAAA', 'é']) expect(fromBase64Url(text)).toBeUndefined();
});
