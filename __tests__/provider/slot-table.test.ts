import { describe, expect, it } from '@jest/globals';
import { SlotTable } from '../../src/provider/slot-table.ts';

describe('a table of slots', () => {
  const orders = ['a b c', 'a c b', 'b a c', 'b c a', 'c a b', 'c b a'];

  it('finds one slot by any spelling of its scope, and remembers a few further ones only', () => {
    const table = new SlotTable({}, 10);
    const slot = table.find({ scope: 'a b c' });
    for (const scope of [...orders, ...orders]) expect(table.find({ scope })).toBe(slot);
    expect(slot.spellings).toEqual(orders.slice(1, 5));
  });

  it('finds nothing by a scope that is written as the key of a request with more', () => {
    const table = new SlotTable({}, 10);
    const slot = table.find({ scope: 'a', audience: 'b' });
    expect(table.peek({ scope: slot.key })).toBe(undefined);
    expect(table.find({ scope: slot.key })).not.toBe(slot);
  });

  it('finds a new slot by a spelling of one that gave way', () => {
    const table = new SlotTable({}, 1);
    const first = table.find({ scope: 'b a' });
    table.find({ scope: 'c' });
    expect(table.nextEvicted()).toBe(first);
    expect([table.peek({ scope: 'b a' }), first.spellings]).toEqual([undefined, []]);
    expect(table.find({ scope: 'b a' })).not.toBe(first);
  });

  it('knows its own slots, those that gave way among them', () => {
    const [table, other] = [new SlotTable({}, 1), new SlotTable({}, 1)];
    const first = table.find({ scope: 'a' });
    table.find({ scope: 'b' });
    expect([table.made(first), table.holds(first), other.made(first), table.made({})]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
