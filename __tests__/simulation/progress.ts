const SAY_EVERY_MS = 2_000;

/** Says how far a long run has got: on a terminal in one line that is written over, else in a line every few seconds. */
export class Progress {
  readonly #total: number;
  readonly #startedMs: number = performance.now();
  #saidMs: number = performance.now();
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  add(count: number): void {
    this.#done += count;
    const nowMs = performance.now();
    const isLast = this.#done >= this.#total;
    if (!isLast && nowMs - this.#saidMs < SAY_EVERY_MS) return;
    this.#saidMs = nowMs;
    const perSecond = (this.#done * 1_000) / (nowMs - this.#startedMs);
    const secondsLeft = (this.#total - this.#done) / perSecond;
    const line = `${this.#done} of ${this.#total} schedules, ${perSecond.toFixed(0)}/s, ${secondsLeft.toFixed(0)} s left`;
    if (process.stdout.isTTY) process.stdout.write(`\r\u001b[K${line}${isLast ? '\n' : ''}`);
    else process.stdout.write(`${line}\n`);
  }
}
