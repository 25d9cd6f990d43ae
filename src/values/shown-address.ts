/** What may be shown of an address: its query may hold a key. */
export function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
