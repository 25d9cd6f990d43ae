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

/** Of an answer whose headers may be named in any case, in which they are looked for only if somebody asks. */
export function verdictOfFields(status: number, headers: object): Verdict {
  const field = (name: string): string | undefined =>
    Object.entries(headers)
      .find(([key]) => key.toLowerCase() === name)?.[1]
      ?.toString();
  return {
    status,
    get wwwAuthenticate() {
      return field('www-authenticate');
    },
    get dpopNonce() {
      return field('dpop-nonce');
    },
  };
}
