import { expect, test } from '@jest/globals';
import { runLast } from '../../src/resource/interceptor-order.ts';

/** What axios's own list does. */
class List {
  readonly handlers: ({ fulfilled: object } | null)[] = [];

  forEach(visit: (one: { fulfilled: object }) => void): void {
    for (const one of this.handlers) if (one) visit(one);
  }
}

test('those that are to be run last come first, in their order, and nothing else is changed', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((fulfilled) => ({ fulfilled: { name: fulfilled } }));
  const list = new List();
  const last = new WeakSet<object>();
  runLast(list, last);
  runLast(list, last);
  for (const one of [b, d]) last.add(one?.fulfilled as object);
  list.handlers.push(a as never, b as never, null, c as never, d as never);
  const visited: object[] = [];
  list.forEach((one) => void visited.push(one));
  expect(visited).toEqual([b, d, a, c]);
  expect(list.handlers).toEqual([a, b, null, c, d]);
});

test('a list that cannot be gone through stays as it is', () => {
  const list = { use: () => 0 };
  runLast(list, new WeakSet());
  expect(Object.keys(list)).toEqual(['use']);
});
