import { describe, expect, it } from '@jest/globals';
import { BodyOfRequest } from '../../src/resource/body-of-request.ts';
import { ReplayPolicy } from '../../src/resource/replay-policy.ts';

const replay = new ReplayPolicy({ maxBodyBytes: 4 });
const requestOf = (body?: string): Request =>
  new Request('https://api.example', { method: 'POST', ...(body !== undefined && { body }) });

describe('the body of a Request', () => {
  it('is kept, and the request still has its own', async () => {
    const request = requestOf('text');
    const { description, body } = await new BodyOfRequest(replay, request).keep();
    expect(description).toEqual({ bytes: 4 });
    expect(await new Response(body).text()).toBe('text');
    expect(await request.text()).toBe('text');
  });

  it('is not kept where it is too large', async () => {
    expect(await new BodyOfRequest(replay, requestOf('longer')).keep()).toEqual({ description: 'too-large' });
  });

  it('may be missing', async () => {
    expect(await new BodyOfRequest(replay, requestOf()).keep()).toEqual({ description: { bytes: 0 } });
  });
});
