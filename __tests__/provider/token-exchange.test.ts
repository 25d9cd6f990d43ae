import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it, jest } from '@jest/globals';
import { tokenExchange } from '../../src/index.ts';
import { tick } from '../fakes/fake-clock.ts';
import { type ProviderUnderTest, providerUnderTest } from '../fakes/provider-under-test.ts';

const user = new AsyncLocalStorage<string>();
const currentUser = (): string => user.getStore() ?? 'nobody';

/** A provider for the users of a service. Its server gives `for-<subject>-<n>`. */
function forUsers(subjectToken: () => string | Promise<string> = currentUser, more = {}): ProviderUnderTest {
  const made = providerUnderTest({ grant: tokenExchange({ subjectToken }), ...more });
  made.endpoint.reaction = (request, number) =>
    request.grant(`for-${request.form.get('subject_token')}-${number}`, 900);
  return made;
}

describe('a provider that exchanges tokens', () => {
  it('asks for whom in the context of the caller, and mixes no two users up', async () => {
    const { provider, clock, endpoint } = forUsers(async () => {
      await tick();
      return currentUser();
    });
    endpoint.reaction = () => {};
    const names = ['ann', 'bob'];
    const calls = Array.from({ length: 40 }, (_, index) =>
      user.run(names[index % 2] ?? '', async () => ({ who: currentUser(), token: await provider.getToken() })),
    );
    while (endpoint.requests.length < 2) await tick();
    for (const request of [...endpoint.requests].reverse())
      request.grant(`for-${request.form.get('subject_token')}`, 900);
    for (const { who, token } of await clock.settle(Promise.all(calls))) expect(token.value).toBe(`for-${who}`);
    expect(endpoint.requests.map(({ form }) => form.get('subject_token')).sort()).toEqual(names);
  });

  it('keeps one token per user, and refreshes each behind with its own subject', async () => {
    const { provider, clock, endpoint } = forUsers();
    const get = (name: string) => user.run(name, () => clock.settle(provider.getToken()));
    expect([(await get('ann')).value, (await get('bob')).value]).toEqual(['for-ann-1', 'for-bob-2']);
    expect((await get('ann')).value).toBe('for-ann-1');
    await clock.advance(700_000);
    expect((await get('bob')).value).toBe('for-bob-2');
    await tick();
    expect(endpoint.requests.map(({ form }) => form.get('subject_token'))).toEqual(['ann', 'bob', 'bob']);
    expect((await get('bob')).value).toBe('for-bob-3');
  });

  it('does not let the token request see the caller', async () => {
    const { provider, clock, endpoint } = forUsers();
    let seen: string | undefined = 'not asked';
    endpoint.reaction = (request) => {
      seen = user.getStore();
      request.grant('token', 900);
    };
    await user.run('ann', () => clock.settle(provider.getToken()));
    expect(seen).toBeUndefined();
  });

  it('takes another token of the same user for another subject', async () => {
    let token = 'ann-1';
    const { provider, clock } = forUsers(() => token);
    await clock.settle(provider.getToken());
    token = 'ann-2';
    expect((await clock.settle(provider.getToken())).value).toBe('for-ann-2-2');
  });

  it('tells requests of one user apart as ever', async () => {
    const { provider, clock, endpoint } = forUsers(() => 'ann');
    await clock.settle(provider.getToken({ scope: 'a b', audience: 'x' }));
    await clock.settle(provider.getToken({ scope: 'b a', audience: 'x' }));
    await clock.settle(provider.getToken({ scope: 'a', audience: 'x' }));
    expect(endpoint.requests).toHaveLength(2);
  });

  it('peeks at nobody: for whom is only known by asking', async () => {
    const { provider, clock } = forUsers(() => 'ann');
    await clock.settle(provider.getToken());
    expect(provider.peek()).toBeUndefined();
  });

  it('drops a rejected token of one user only', async () => {
    const { provider, clock } = forUsers();
    const get = (name: string) => user.run(name, () => clock.settle(provider.getToken()));
    const [ann, bob] = [await get('ann'), await get('bob')];
    expect(await provider.invalidate(ann)).toBe(true);
    expect((await get('ann')).value).toBe('for-ann-3');
    expect((await get('bob')).id).toBe(bob.id);
  });

  it('keeps no more users than maxTokens', async () => {
    const { provider, clock, count } = forUsers(currentUser, { maxTokens: 10 });
    for (let index = 0; index < 50; index++) {
      await user.run(`user-${index}`, () => clock.settle(provider.getToken()));
    }
    expect(count('evicted')).toBe(40);
  });

  it('is told by an event without the subject', async () => {
    const { provider, clock, events } = forUsers(() => 'subject-token-of-ann');
    await clock.settle(provider.getToken());
    expect(events.length).toBeGreaterThan(0);
    expect(JSON.stringify(events)).not.toContain('subject-token-of-ann');
  });
});

describe('a subject that cannot be had', () => {
  it.each<[string, () => string | Promise<string>]>([
    ['fails', () => Promise.reject(new Error('signed out s3cr3t-token'))],
    [
      'throws',
      () => {
        throw new Error('signed out s3cr3t-token');
      },
    ],
    ['gives nothing', () => ''],
  ])('is an error of its own, for this caller only: it %s', async (_, read) => {
    const subject = jest.fn<() => string | Promise<string>>().mockImplementationOnce(read).mockReturnValue('ann');
    const { provider, clock, endpoint } = forUsers(subject);
    const error: unknown = await clock.settle(provider.getToken().catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: 'ERR_TOKENFLIGHT_CREDENTIAL_UNAVAILABLE', retryable: true });
    expect(String((error as Error).cause)).not.toContain('s3cr3t');
    expect(endpoint.requests).toEqual([]);
    expect((await clock.settle(provider.getToken())).value).toBe('for-ann-1');
  });

  it('is waited for no longer than the caller wants', async () => {
    const { provider } = forUsers(() => new Promise<string>(() => {}));
    const controller = new AbortController();
    const reason = new Error('enough');
    const call = expect(provider.getToken({}, { signal: controller.signal })).rejects.toBe(reason);
    controller.abort(reason);
    await call;
  });

  it('is no use to a provider that was closed meanwhile', async () => {
    let answer = (_token: string): void => {};
    const { provider, endpoint } = forUsers(() => new Promise<string>((resolve) => (answer = resolve)));
    const call = expect(provider.getToken()).rejects.toMatchObject({ code: 'ERR_TOKENFLIGHT_PROVIDER_CLOSED' });
    await provider.close();
    answer('ann');
    await call;
    expect(endpoint.requests).toEqual([]);
  });

  it('does not hide a malformed request', async () => {
    const { provider } = forUsers(() => 'ann');
    await expect(provider.getToken({ scpoe: 'a' } as never)).rejects.toMatchObject({ option: 'scpoe' });
  });
});
