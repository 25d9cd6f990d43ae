/** An axios instance's list of interceptors, as it reads it for each request: who comes first is run last. */
interface InterceptorList<T> {
  forEach?(visit: (interceptor: Interceptor<T>) => void): void;
}

interface Interceptor<T> {
  readonly fulfilled: T;
}

const ordered = new WeakSet<object>();

/**
 * Has those of `last` run after all others, in the order in which they stand, since whoever is run after them could undo
 * what they do.
 */
export function runLast<T extends object>(interceptors: object, last: WeakSet<T>): void {
  const list = interceptors as InterceptorList<T>;
  const inTheirOrder = list.forEach;
  if (inTheirOrder === undefined || ordered.has(list)) return;
  ordered.add(list);
  list.forEach = (visit) => {
    for (const isLast of [true, false]) {
      inTheirOrder.call(list, (one) => {
        if (last.has(one.fulfilled) === isLast) visit(one);
      });
    }
  };
}
