import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installed } from '../engine.ts';

// A client that goes away ends a request from the outside, which only a binding does for sure.
const FRONT = `export default {
  async fetch(request, env) {
    const { searchParams } = new URL(request.url);
    const leaving = new AbortController();
    if (searchParams.has('leaves')) env.LEAVING.fetch('http://leaving/').then(() => leaving.abort());
    try {
      return await env[searchParams.get('isolate')].fetch(request.url, { signal: leaving.signal });
    } catch {
      return new Response('left', { status: 499 });
    }
  },
};`;

const NAMES = ['ONE', 'TWO', 'THREE'] as const;
export type IsolateName = (typeof NAMES)[number];

/** Three isolates of one Worker, and the object that they share. What the object keeps outlives them. */
export class Isolates {
  readonly #folder = mkdtempSync(join(tmpdir(), 'tokenflight-isolates-'));
  readonly #code: string;
  #leave: (() => void)[] = [];
  #running: { dispatchFetch(url: string): Promise<Response>; dispose(): Promise<void> } | undefined;

  constructor(code: string) {
    this.#code = code;
  }

  async start(): Promise<void> {
    const { Miniflare, Response: Answer } = await import(installed('miniflare/dist/src/index.js'));
    const common = { modulesRoot: '/', compatibilityDate: '2026-07-01' };
    const module = (contents: string): object => ({ modules: [{ type: 'ESModule', path: 'worker.js', contents }] });
    const leaving = (): Promise<Response> => new Promise((resolve) => this.#leave.push(() => resolve(new Answer(''))));
    const isolate = (name: IsolateName): object => ({
      ...common,
      ...module(this.#code),
      name,
      kvNamespaces: { COPIES: 'copies' },
      compatibilityFlags: name === 'TWO' ? ['nodejs_compat'] : [],
      durableObjects: {
        KEEPER: name === 'ONE' ? { className: 'Keeper', useSQLite: true } : { className: 'Keeper', scriptName: 'ONE' },
      },
    });
    const serviceBindings = { ...Object.fromEntries(NAMES.map((name) => [name, name])), LEAVING: leaving };
    this.#running = new Miniflare({
      cf: false,
      durableObjectsPersist: this.#folder,
      workers: [{ ...common, ...module(FRONT), name: 'front', serviceBindings }, ...NAMES.map(isolate)],
      handleRuntimeStdio() {}, // it tells of each client who left
    });
  }

  /** Every isolate is evicted, and so is the object. */
  async restart(): Promise<void> {
    await this.#running?.dispose();
    await this.start();
  }

  async ask(isolate: IsolateName, path: string, parameters: Readonly<Record<string, string>> = {}): Promise<string> {
    const query = new URLSearchParams({ isolate, ...parameters });
    const answer = await this.#running?.dispatchFetch(`http://front${path}?${query}`);
    const text = (await answer?.text()) ?? '';
    if (answer?.status === 500) throw new Error(text);
    return text;
  }

  /** Those who were to leave do, and it has come to pass. */
  leave(): void {
    for (const one of this.#leave.splice(0)) one();
  }

  async end(): Promise<void> {
    await this.#running?.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const isolateNames: readonly IsolateName[] = NAMES;
export const hasMiniflare: boolean = existsSync(installed('miniflare'));
