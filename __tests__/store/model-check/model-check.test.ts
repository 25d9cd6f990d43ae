import { describe, expect, test } from '@jest/globals';
import { explore, inAgreement, model } from './explore.ts';
import { exploredBy } from './explored-by.ts';
import { memorySubject } from './memory-subject.ts';
import { broken, sound } from './protocol.ts';

const size = { processes: 3, keys: 2 };

describe('with three processes, two keys, and crashes and pauses at every step', () => {
  test('nothing goes wrong, whatever the order of things', async () => {
    // The number says that the whole was gone through; it changes with what can happen.
    expect(await exploredBy('model')).toEqual({ states: 34_581, steps: 675_700, decisions: 549_352 });
  }, 1_200_000);

  test.each([
    ['the lease is given to all', 'two have been promised the lease'],
    ['anybody may put', 'two have been promised the lease'],
    ['anybody may put while nobody holds the lease', 'an older token came after a newer one'],
    ['anybody may put if the generation that it saw is still the current one', 'two have been promised the lease'],
    ['anybody may release', 'two have been promised the lease'],
    ['anybody may extend', 'two have been promised the lease'],
    ['a lease that has ended may be extended', 'an older token came after a newer one'],
    ['what is not needed any more is forgotten with the lease', 'the generation went back'],
  ])('it is noticed where %s', async (name, problem) => {
    const protocol = broken[name];
    expect(protocol && (await explore(model(protocol), size)).violation).toMatchObject({ problem });
  });

  test('each way to get it wrong is among these', () => {
    expect(Object.keys(broken)).toHaveLength(8);
  });
});

test('the store in memory decides so in each step of three processes with one key', async () => {
  const subject = inAgreement(memorySubject, sound);
  expect(await explore(subject, { processes: 3, keys: 1 })).toEqual({
    states: 1_050,
    steps: 17_428,
    decisions: 13_978,
  });
}, 120_000);
