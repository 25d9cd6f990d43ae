import type { GrantSubject } from '../protocol/grant.ts';
import { requestKey } from '../values/cache-key.ts';
import {
  type CanonicalTokenRequest,
  canonicalTokenRequest,
  mergeTokenRequests,
  type TokenRequest,
} from '../values/token-request.ts';

/**
 * Names one provider's distinct token requests. Where a request differs from the defaults in nothing but its scope, as
 * most do, the scope itself is the key and says all of the request, which then need not be kept.
 */
export class SlotKeys {
  readonly #defaults: TokenRequest;
  /** The defaults without their scope. */
  readonly #common: CanonicalTokenRequest;
  readonly #commonText: string;

  constructor(defaults: TokenRequest) {
    this.#defaults = defaults;
    this.#common = canonicalTokenRequest({ ...defaults, scope: '' });
    this.#commonText = requestKey(this.#common);
  }

  /** @returns the key, and the request unless the key says all of it */
  keyOf(given: TokenRequest, subject?: GrantSubject): [key: string, request?: CanonicalTokenRequest] {
    const request = canonicalTokenRequest(mergeTokenRequests(this.#defaults, given));
    const withoutScope = requestKey({ ...request, scopes: [] }, subject?.digest);
    if (withoutScope === this.#commonText) return [request.scopes.join(' ')];
    return [` ${requestKey(request, subject?.digest)}`, request]; // the space tells it from any scope, which begins with none
  }

  /** Whether a scope, as a caller wrote it, may be a key. */
  mayBeKey(scope: string): boolean {
    return !scope.startsWith(' ');
  }

  requestOf(scope: string): CanonicalTokenRequest {
    return { ...this.#common, scopes: scope === '' ? [] : scope.split(' ') };
  }
}
