/** Where the answer to a request came from in the end. */
export interface FetchEnd {
  readonly url: string;
  readonly redirected: boolean;
}

const globalFetch: typeof fetch = (input, init) => fetch(input, init);

/** Remembers where fetches ended, for clients that hand on what was answered without saying from where. */
export class ObservedFetch {
  readonly #ends = new WeakMap<object, FetchEnd>();
  readonly #observed = new WeakMap<typeof fetch, typeof fetch>();

  /**
   * The same function for the same fetch, since clients keep what they make of it.
   *
   * @param given default: the global fetch of the moment
   */
  over(given: typeof fetch = globalFetch): typeof fetch {
    const known = this.#observed.get(given);
    if (known !== undefined) return known;
    const observed: typeof fetch = async (input, init) => {
      const response = await given(input, init);
      if (typeof input === 'object') this.#ends.set(input, { url: response.url, redirected: response.redirected });
      return response;
    };
    this.#observed.set(given, observed);
    return observed;
  }

  endOf(request: unknown): FetchEnd | undefined {
    return this.#ends.get(request as object); // what is no object is no key, and so not found
  }
}
