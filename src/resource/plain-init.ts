// What fetch reads; some of it only where the platform is Node.js.
const FIELDS = 'method headers body mode credentials cache redirect referrer referrerPolicy integrity keepalive signal';
const NAMES = `${FIELDS} duplex priority window dispatcher tokenRequest`.split(' ');

/**
 * An `init` whose fields are its own, as fetch would read them at this moment: those that it inherits, and getters of
 * its class, would be missing in a copy of any other.
 */
export function plainInit<T extends object>(init: T | null | undefined): Partial<T> {
  const prototype = init && Object.getPrototypeOf(init);
  if (!prototype || prototype === Object.prototype) return init ?? {};
  const given = init as Record<string, unknown>;
  const plain: Record<string, unknown> = {};
  for (const name in given) plain[name] = given[name];
  for (const name of NAMES) if (name in given) plain[name] = given[name];
  return plain as Partial<T>;
}
