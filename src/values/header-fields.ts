/** Headers in any of the forms that clients take: by name, as pairs, or names and values by turns. */
export type HeaderFields =
  | Readonly<Record<string, unknown>>
  | readonly unknown[]
  | Iterable<readonly [string, unknown]>
  | null
  | undefined;

/** A copy, since an iterable may be read only once, and its owner may change it. By name, or names and values by turns. */
export function copyOfHeaders<T extends HeaderFields>(headers: T): T {
  if (typeof headers !== 'object' || headers === null) return headers;
  return (isPlain(headers) ? { ...headers } : pairsOf(headers).flat(1)) as unknown as T;
}

/** Whether a header is set; in any case of its name, and to something. */
export function hasHeader(headers: HeaderFields, name: string): boolean {
  return pairsOf(headers).some(([key, value]) => isNamed(key, name) && value !== undefined && value !== null);
}

/** A copy in the same form, if it can be told and had again, with these headers in the place of those of their names. */
export function withHeaders(
  headers: HeaderFields,
  added: Readonly<Record<string, string>>,
): Record<string, unknown> | unknown[] {
  if (!headers || isPlain(headers)) {
    const all: Record<string, unknown> = { ...headers };
    for (const key of Object.keys(all)) if (Object.hasOwn(added, key.toLowerCase())) delete all[key];
    return Object.assign(all, added);
  }
  const kept = pairsOf(headers).filter(([key]) => !Object.hasOwn(added, String(key).toLowerCase()));
  return [...kept, ...Object.entries(added)].flat(1);
}

function pairsOf(headers: HeaderFields): readonly (readonly [unknown, unknown])[] {
  if (!headers) return [];
  if (isPlain(headers)) return Object.entries(headers);
  const list = [...(headers as Iterable<unknown>)];
  if (list.every(Array.isArray)) return list as [unknown, unknown][];
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]] as const] : []));
}

function isPlain(headers: NonNullable<HeaderFields>): headers is Readonly<Record<string, unknown>> {
  return !(Symbol.iterator in headers);
}

function isNamed(key: unknown, name: string): boolean {
  return String(key).toLowerCase() === name;
}
