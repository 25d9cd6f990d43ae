import type { Verdict } from './authoriser.ts';

/** What Node's own clients, and whoever is made of them, give as an answer: names in lower case, repeated ones as a list. */
interface NodeAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

export function verdictOf({ statusCode, headers }: NodeAnswer): Verdict {
  return {
    status: statusCode,
    wwwAuthenticate: headers['www-authenticate']?.toString(),
    dpopNonce: headers['dpop-nonce']?.toString(),
  };
}
