import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { ConfigurationError } from '../../../src/errors/configuration-error.ts';
import { type RedisClient, type RedisStoreOptions, redisStore } from '../../../src/store/redis/redis-store.ts';

const answer = async (): Promise<unknown> => null;
const client: RedisClient = { evalSha: answer, eval: answer };
const encryptionKey = Buffer.alloc(32, 7);
const text = encryptionKey.toString('base64');

const optionAtFault = (options: unknown, given: unknown): string | undefined => {
  try {
    redisStore(given as RedisClient, options as RedisStoreOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(inspect(error, { showHidden: true, depth: 9 })).not.toMatch(/BwcHB|07,? ?07/);
    return (error as ConfigurationError).option;
  }
  return undefined;
};

test.each<RedisStoreOptions>([
  { encryptionKey },
  { encryptionKey: new Uint8Array(32) },
  { encryptionKey: text },
  { encryptionKey: text.replace('=', '') },
  { encryptionKey: encryptionKey.toString('base64url') },
  { encryptionKeys: [encryptionKey, new Uint8Array(32)] },
  { allowPlaintext: true },
  { encryptionKey, allowPlaintext: false, prefix: 'team:a', subscriber: undefined },
])('these will do: %j', (options) => {
  expect(optionAtFault(options, client)).toBeUndefined();
});

test.each<[string, unknown]>([
  ['options', undefined],
  ['options', null],
  ['encryptionKey', {}],
  ['encryptionKey', { allowPlaintext: false }],
  ['encryptionKey', { encryptionKey: null }],
  ['encryptionKey', { encryptionKey: text.slice(0, -4) }],
  ['encryptionKey', { encryptionKey: `${text}${text}` }],
  ['encryptionKey', { encryptionKey: encryptionKey.subarray(1) }],
  ['encryptionKey', { encryptionKey: new Uint16Array(32) }],
  ['encryptionKey', { encryptionKey: [7, 7] }],
  ['encryptionKey', { encryptionKey: 'a passphrase' }],
  ['encryptionKeys', { encryptionKeys: [] }],
  ['encryptionKeys', { encryptionKeys: text }],
  ['encryptionKeys', { encryptionKeys: [text], encryptionKey: text }],
  ['encryptionKeys[1]', { encryptionKeys: [text, text.slice(4)] }],
  ['allowPlaintext', { allowPlaintext: 'yes' }],
  ['allowPlaintext', { allowPlaintext: true, encryptionKey }],
  ['prefix', { encryptionKey, prefix: '' }],
  ['prefix', { encryptionKey, prefix: 'a{b}' }],
  ['prefix', { encryptionKey, prefix: 'a b' }],
  ['prefix', { encryptionKey, prefix: 1 }],
  ['prefix', { encryptionKey, prefix: 'a'.repeat(201) }],
  ['subscriber', { encryptionKey, subscriber: client }],
  ['subscriber', { encryptionKey, subscriber: {} }],
  ['subscriber', { encryptionKey, subscriber: { evalSha: answer, eval: answer } }],
  ['encryptKey', { encryptKey: text }],
])('%s is what is wrong with %j', (option, options) => {
  expect(optionAtFault(options, client)).toBe(option);
});

describe('a client is known by its methods', () => {
  test.each([undefined, null, 'redis://127.0.0.1', {}, new Map(), { get: answer, set: answer }])(
    '%p is none',
    (given) => {
      expect(optionAtFault({ encryptionKey }, given)).toBe('client');
    },
  );
});

test('a store does not print its key', () => {
  const store = redisStore(client, { encryptionKey });
  expect(inspect(store, { showHidden: true, depth: 9 })).not.toMatch(/BwcHB|07,? ?07|7,\s+7/);
  expect(JSON.stringify(store)).toBe('{}');
});
