/** One request on its way through redirects and repetitions. */
export class Journey {
  #origin: string | undefined;
  #hasLeft = false;

  /** Whether a hop may have a token: only at the origin where the journey began, and never again once it has left it. */
  mayCarryToken({ origin }: URL): boolean {
    this.#origin ??= origin;
    this.#hasLeft ||= origin !== this.#origin;
    return !this.#hasLeft;
  }
}
