/** The scope of tokens that live for 10 minutes, whatever the others do. */
export const LONG_LIVED = 'long-lived';

/** A token that says when it ends, in milliseconds since 1970. */
export function issueToken(serial: number, endsAtMs: number): string {
  return `token-${serial}.${endsAtMs}`;
}

export function endsAtMs(token: string): number {
  return Number(token.split('.')[1]);
}
