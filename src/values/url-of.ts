/** An address as a URL of its own. Undefined: it cannot be read as one. Not by `URL.parse`, which many browsers lack. */
export function urlOf(address: string | URL, base?: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}
