import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Sabotage } from './sabotages.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Breaks a source text.
 *
 * @throws {Error} the text to be replaced is not there exactly once: the code has moved on, and the sabotage must follow
 */
export function sabotageText(source: string, { name, file, text, becomes }: Sabotage): string {
  const parts = source.split(text);
  if (parts.length !== 2)
    throw new Error(`sabotage "${name}": src/${file} has its text ${parts.length - 1} times, not once`);
  return parts.join(becomes);
}

/** A copy of `src` with one sabotage, outside of the repository. */
export class SabotagedCopy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tokenflight-sabotage-'));

  constructor(sabotage: Sabotage) {
    try {
      const broken = sabotageText(readFileSync(join(root, 'src', sabotage.file), 'utf8'), sabotage);
      cpSync(join(root, 'src'), join(this.#folder, 'src'), { recursive: true });
      writeFileSync(join(this.#folder, 'src', sabotage.file), broken);
      writeFileSync(join(this.#folder, 'package.json'), '{ "type": "module" }');
      symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'), 'junction');
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** URL of its entry. */
  get entry(): string {
    return pathToFileURL(join(this.#folder, 'src/index.ts')).href;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
