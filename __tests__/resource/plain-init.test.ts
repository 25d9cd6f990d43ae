import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { plainInit } from '../../src/resource/plain-init.ts';

describe('an init', () => {
  it('that is plain stays as it is', () => {
    const init: RequestInit = { method: 'PUT' };
    expect(plainInit(init)).toBe(init);
  });

  it.each([undefined, null])('may be missing: %p', (missing) => expect(plainInit(missing)).toEqual({}));

  it('that inherits has what it inherits, and what only its own platform knows', () => {
    const base = { method: 'PUT', headers: { a: '1' }, cf: { cacheTtl: 1 } };
    expect(plainInit(Object.assign(Object.create(base), { body: 'text', method: 'POST' }))).toEqual({
      ...base,
      body: 'text',
      method: 'POST',
    });
  });

  it('that is of a class has what its getters give', () => {
    class Init {
      readonly #method = 'PUT';
      get method(): string {
        return this.#method;
      }
      get signal(): null {
        return null;
      }
    }
    expect(plainInit(new Init())).toEqual({ method: 'PUT', signal: null });
  });

  it('may come from another realm, or have no prototype', () => {
    expect(plainInit(runInNewContext('({ method: "PUT" })'))).toEqual({ method: 'PUT' });
    expect({ ...plainInit(Object.assign(Object.create(null), { method: 'PUT' })) }).toEqual({ method: 'PUT' });
  });
});
