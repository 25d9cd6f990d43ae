const REDRAW_MS = 200;
const NEXT_LINE_MS = 3_000;

/**
 * Shows how far things are: on a terminal one line that changes, elsewhere a line now and then.
 *
 * @param line asked for each time
 * @returns ends it
 */
export function showProgress(line: () => string, stream: NodeJS.WriteStream = process.stdout): () => void {
  if (!stream.isTTY) {
    const timer = setInterval(() => stream.write(`${line()}\n`), NEXT_LINE_MS);
    return () => clearInterval(timer);
  }
  const redraw = (): void => {
    stream.cursorTo(0);
    stream.write(line().slice(0, (stream.columns || 80) - 1));
    stream.clearLine(1);
  };
  const timer = setInterval(redraw, REDRAW_MS);
  return () => {
    clearInterval(timer);
    stream.cursorTo(0);
    stream.clearLine(1);
  };
}
