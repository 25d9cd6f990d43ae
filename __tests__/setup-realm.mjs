// Jest runs tests in a realm of their own, so errors made by Node's core (fetch's TypeError, an AbortSignal's reason)
// are not `instanceof Error` there. p-retry would then take a network error for a programming error and not retry it,
// under test only. Here such errors count as this realm's.
import { types } from 'node:util';

const plainHasInstance = Function.prototype[Symbol.hasInstance];

const hasConstructorNamed = (value, name) => {
  for (let proto = value; proto; proto = Object.getPrototypeOf(proto)) {
    if (Object.hasOwn(proto, 'constructor') && proto.constructor?.name === name) return true;
  }
  return false;
};

for (const ErrorClass of [Error, TypeError, RangeError, SyntaxError, AggregateError]) {
  Object.defineProperty(ErrorClass, Symbol.hasInstance, {
    configurable: true,
    value(value) {
      if (plainHasInstance.call(this, value)) return true;
      // Subclasses inherit this method and keep the plain rule.
      if (this !== ErrorClass || typeof value !== 'object' || value === null) return false;
      const isError = types.isNativeError(value) || value instanceof DOMException;
      return isError && hasConstructorNamed(value, ErrorClass.name);
    },
  });
}
