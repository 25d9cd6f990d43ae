/** What an adapter needs of a key: a proof for each request, and the nonces that servers ask for. */
export interface ProofOfPossession {
  prove(url: URL, method: string, accessToken: string): Promise<string>;
  remember(url: URL, nonce: string | null | undefined, accessToken: string): boolean;
}

// Beside the tokens, so that an adapter alone need not bring what makes them.
const provers = new WeakMap<object, ProofOfPossession>();

/** Says that a token is bound to a key. */
export function bindToken(token: object, prover: ProofOfPossession): void {
  provers.set(token, prover);
}

/** What proves possession of the key that this token is bound to. Undefined for a bearer token. */
export function proverOf(token: object): ProofOfPossession | undefined {
  return provers.get(token);
}
