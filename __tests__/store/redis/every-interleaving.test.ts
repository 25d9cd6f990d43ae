import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RedisServer } from '../../servers/redis-server.ts';
import { explore, type Size } from '../model-check/explore.ts';
import { exploredBy } from '../model-check/explored-by.ts';
import { RedisSubject } from '../model-check/redis-subject.ts';
import { describeWithRedis } from './rig.ts';

const size: Size = { processes: 3, keys: 2 };

describeWithRedis('the scripts on a real server', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  }, 60_000);
  afterAll(async () => server?.stop());

  test('do what the model does in each step that three processes can take with two keys, wherever they crash or pause', async () => {
    expect(await exploredBy('server')).toEqual({ states: 34_581, steps: 675_700, decisions: 549_352 });
  }, 1_200_000);

  test.each([
    [
      'a token is put whoever holds the lease',
      'if not current or current.owner ~= ARGV[1] then',
      'current = current or { granted = now() }\nif false then',
      'two have been promised the lease',
    ],
    [
      'a token is put while nobody holds the lease',
      'if not current or current.owner ~= ARGV[1] then',
      'current = current or { owner = ARGV[1], granted = now() }\nif current.owner ~= ARGV[1] then',
      'an older token came after a newer one',
    ],
    [
      'the lease is given to all',
      'if current and current.owner ~= owner then',
      'if false then',
      'two have been promised the lease',
    ],
    [
      'anybody may give the lease back',
      "if not is_held_by(ARGV[1]) then return 0 end\nredis.call('DEL', lease_key)",
      "redis.call('DEL', lease_key)",
      'two have been promised the lease',
    ],
    [
      'anybody may extend the lease',
      "if not is_held_by(ARGV[1]) then return 0 end\nredis.call('PEXPIRE'",
      "redis.call('PEXPIRE'",
      'two have been promised the lease',
    ],
    ['tokens are not counted', 'whole(history() + 1)', 'whole(history())', 'a token was put and not counted'],
    [
      'the count is forgotten with a rejected token',
      "redis.call('HSET', history_key, 'generation', whole(generation)",
      "redis.call('HSET', history_key, 'generation', '0'",
      'the generation went back',
    ],
  ])('would be found out if %s', async (_name, right, wrong, problem) => {
    let replaced = 0;
    const subject = await RedisSubject.open(server, size.keys, (script) => {
      if (script.includes(right)) replaced++;
      return script.replace(right, wrong);
    });
    expect((await explore(subject, size)).violation).toMatchObject({ problem });
    expect(replaced).toBeGreaterThan(0);
    await subject.close();
  });
});
