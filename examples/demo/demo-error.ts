/** The demo cannot go on, for a reason that the message tells. It holds no secret. */
export class DemoError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
