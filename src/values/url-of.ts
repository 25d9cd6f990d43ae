/** An address as a URL of its own. Undefined: it cannot be read as one. `URL.parse`, which Node.js 20 does not have. */
export function urlOf(address: string | URL, base?: string): URL | undefined {
  try {
    return new URL(address, base);
  } catch {
    return undefined;
  }
}
