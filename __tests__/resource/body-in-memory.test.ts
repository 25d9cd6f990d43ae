import { describe, expect, it } from '@jest/globals';
import { BodyInMemory } from '../../src/resource/body-in-memory.ts';
import { ReplayPolicy } from '../../src/resource/replay-policy.ts';

const replay = new ReplayPolicy({ maxBodyBytes: 3 });

describe('a body in memory', () => {
  it('is sent as it is, where nothing is waited for, and kept as it was', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const body = new BodyInMemory(replay, bytes);
    const { description, body: kept } = body.keep();
    bytes.fill(0);
    expect(body.body).toBe(bytes);
    expect(description).toEqual({ bytes: 3 });
    expect(kept).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('is copied once, where something is waited for', () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const body = new BodyInMemory(replay, bytes);
    body.hold();
    bytes.fill(0);
    expect(body.body).toEqual(new Uint8Array([1, 2, 3]));
    expect(body.keep().body).toBe(body.body);
  });

  it('is not copied to be kept where it is too large to be sent again', () => {
    const bytes = new Uint8Array(4);
    expect(new BodyInMemory(replay, bytes).keep().body).toBe(bytes);
  });

  it.each([undefined, null])('may be missing: %p', (missing) => {
    expect(new BodyInMemory(replay, missing).keep()).toEqual({ description: { bytes: 0 }, body: missing });
  });
});
