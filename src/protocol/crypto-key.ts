/**
 * What is looked at of a WebCrypto `CryptoKey`. Only real ones will do; the type is here so that ours can be used without
 * the DOM's types.
 */
export interface WebCryptoKey {
  readonly type: 'private' | 'public' | 'secret';
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}
