/** Ends a stream, of Node or of the web, that nobody will read, so that its connection is let go. All else stays as it is. */
export function letGo(data: unknown): void {
  const { destroy, cancel } = Object(data) as { destroy?: unknown; cancel?: unknown };
  if (typeof destroy === 'function') destroy.call(data);
  else if (typeof cancel === 'function') Promise.resolve(cancel.call(data)).catch(() => {}); // it failed already
}
