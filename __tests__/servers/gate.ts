/** Holds whoever comes while it is shut. */
export class Gate {
  #isShut = false;
  readonly #held: (() => void)[] = [];

  shut(): void {
    this.#isShut = true;
  }

  /** Lets all through, those held and those to come. */
  open(): void {
    this.#isShut = false;
    for (const letThrough of this.#held.splice(0)) letThrough();
  }

  /** Lets the one through that has been held longest. */
  openForOne(): void {
    this.#held.shift()?.();
  }

  /** Resolves when the gate lets this one through. */
  pass(): Promise<void> {
    if (!this.#isShut) return Promise.resolve();
    return new Promise((resolve) => this.#held.push(resolve));
  }
}
