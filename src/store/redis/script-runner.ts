import type { RedisCommands } from './redis-commands.ts';
import type { Script } from './scripts.ts';

/** Runs scripts by their digest, and sends the text only to a server that does not know it (yet, or any more). */
export class ScriptRunner {
  readonly #commands: RedisCommands;
  readonly #digests = new Map<Script, Promise<string>>();

  constructor(commands: RedisCommands) {
    this.#commands = commands;
  }

  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const sha1 = await this.#digest(script);
    try {
      return await this.#commands.evalSha(sha1, keys, args);
    } catch (error) {
      if (!isScriptUnknown(error)) throw retold(error);
    }
    try {
      return await this.#commands.eval(script.source, keys, args);
    } catch (error) {
      throw retold(error);
    }
  }

  #digest(script: Script): Promise<string> {
    const known = this.#digests.get(script);
    if (known !== undefined) return known;
    const digest = sha1Hex(script.source);
    this.#digests.set(script, digest);
    return digest;
  }
}

// GLIDE says NoScriptError for it.
function isScriptUnknown(error: unknown): boolean {
  const { message } = (error ?? {}) as { message?: unknown };
  return typeof message === 'string' && /NOSCRIPT|NoScript/.test(message);
}

/** Errors of clients carry the command with all that was sent. */
function retold(error: unknown): Error {
  const { name, message, code } = (error ?? {}) as { name?: unknown; message?: unknown; code?: unknown };
  const own = new Error(typeof message === 'string' && message !== '' ? message : 'The client failed without a word');
  if (typeof name === 'string') own.name = name;
  return typeof code === 'string' ? Object.assign(own, { code }) : own;
}

/** What Redis calls a script by. */
async function sha1Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
