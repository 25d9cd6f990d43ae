import { isTokenflightError } from 'tokenflight';

/**
 * What went wrong, in one line without secrets: what tokenflight says, which holds none, and of anybody else's error
 * only its code or class.
 */
export function nameOfProblem(error: unknown): string {
  let name = 'unknown error';
  for (let link = error; link instanceof Error; link = link.cause) {
    if (isTokenflightError(link)) return `${link.name}: ${link.message}`;
    name = (link as NodeJS.ErrnoException).code ?? link.name;
  }
  return name;
}
