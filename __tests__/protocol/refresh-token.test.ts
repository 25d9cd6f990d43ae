import { afterEach, describe, expect, it, jest } from '@jest/globals';
import type { Grant, KeptSecret, SecretShelf } from '../../src/protocol/grant.ts';
import { type RefreshTokenOptions, refreshToken } from '../../src/protocol/refresh-token.ts';
import { tokenId } from '../../src/values/digest.ts';
import { canonicalTokenRequest } from '../../src/values/token-request.ts';

/** What processes share, until it cannot be asked. */
class Shelf implements SecretShelf {
  kept: KeptSecret | undefined;
  isUp = true;

  hold<T>(run: (kept: KeptSecret | undefined) => Promise<T>): Promise<T> {
    return run(this.isUp ? this.kept : undefined);
  }

  confirm(): void {}

  async keep(secret: KeptSecret): Promise<void> {
    if (this.isUp) this.kept = secret;
  }
}

const start = (first: RefreshTokenOptions['refreshToken'], more: Partial<RefreshTokenOptions> = {}): Grant =>
  refreshToken({ refreshToken: first, subject: 'user-1', ...more });

/** What is sent in a turn of its own. */
async function send(grant: Grant, shelf: Shelf, then?: (turn: Grant) => unknown): Promise<unknown> {
  let sent: unknown;
  const request = async (turn: Grant = grant): Promise<void> => {
    sent = (await turn.parameters?.(canonicalTokenRequest({})))?.['refresh_token'];
    await then?.(turn);
  };
  await grant.exclusively?.(request, shelf, (run) => ({ result: run(), over: async () => {} }));
  return sent;
}

const rotate =
  (next: string) =>
  (turn: Grant): unknown =>
    turn.granted?.({ refresh_token: next });

describe('what led to the refresh token that processes share', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is learnt also by who has that very token already', async () => {
    const shelf = new Shelf();
    shelf.kept = { secret: 'rt-1', spent: [await tokenId('rt-0')] };
    const grant = start('rt-1');
    shelf.isUp = false;
    await send(grant, shelf); // refused for a passing reason
    shelf.isUp = true;
    await send(grant, shelf, rotate('rt-2'));
    expect(shelf.kept).toEqual({ secret: 'rt-2', spent: [await tokenId('rt-0'), await tokenId('rt-1')] });
  });

  it('is learnt with the token that another was refused for', async () => {
    const shelf = new Shelf();
    shelf.kept = { secret: 'rt-1', spent: [await tokenId('rt-0')] };
    await send(start('forgotten'), shelf, async (turn) => {
      expect(await turn.refused?.()).toBe(true);
      await turn.parameters?.(canonicalTokenRequest({}));
      await turn.granted?.({ refresh_token: 'rt-2' });
    });
    expect(shelf.kept).toEqual({ secret: 'rt-2', spent: [await tokenId('rt-0'), await tokenId('rt-1')] });
  });

  it('is known as soon as the next one is, however early its request dies', async () => {
    const shelf = new Shelf();
    const grant = start('rt-0');
    await new Promise<void>((resolve) => {
      void send(grant, shelf, (turn) => {
        // As in a Worker: whatever the request waits for from here on never comes.
        jest.spyOn(crypto.subtle, 'digest').mockReturnValue(new Promise(() => {}));
        void turn.granted?.({ refresh_token: 'rt-1' });
        resolve();
        return new Promise(() => {});
      });
    });
    jest.restoreAllMocks();
    expect(await send(grant, shelf, rotate('rt-2'))).toBe('rt-1');
    expect(shelf.kept?.spent).toEqual([await tokenId('rt-0'), await tokenId('rt-1')]);
    expect(await send(start('rt-0'), shelf)).toBe('rt-2');
  });
});

describe('a refresh token that may be in use elsewhere', () => {
  it('is not given to be sent', async () => {
    const shelf = new Shelf();
    shelf.confirm = () => {
      throw new Error('asleep');
    };
    await expect(send(start('rt-0'), shelf)).rejects.toThrow('asleep');
  });
});

describe('a refresh token where the store has nothing to say', () => {
  /** A process that has `rt-1` by `rt-0`, and reads `next` from then on. */
  async function later(next: () => string, options: Partial<RefreshTokenOptions>): Promise<unknown> {
    const shelf = new Shelf();
    let read = (): string => 'rt-0';
    const grant = start(() => read(), options);
    await send(grant, shelf, rotate('rt-1'));
    shelf.isUp = false;
    read = next;
    const sent = await send(grant, shelf, rotate('rt-9'));
    shelf.isUp = true;
    await send(grant, shelf, rotate('rt-10'));
    expect(shelf.kept?.spent).toEqual(expect.arrayContaining([await tokenId('rt-1'), await tokenId(String(sent))]));
    return sent;
  }
  const onRotate = (): void => {};
  const fails = (): string => {
    throw new Error('gone');
  };

  it.each<[string, () => string, Partial<RefreshTokenOptions>, string]>([
    ['the newer one that another process kept', () => 'rt-2', { onRotate }, 'rt-2'],
    ['its own, where the one that is read led to it', () => 'rt-0', { onRotate }, 'rt-1'],
    ['its own, where that is what is read', () => 'rt-1', { onRotate }, 'rt-1'],
    ['its own, where none can be read', fails, { onRotate }, 'rt-1'],
    ['its own, where nothing keeps newer ones', () => 'rt-2', {}, 'rt-1'],
  ])('is %s', async (_which, next, options, expected) => {
    expect(await later(next, options)).toBe(expected);
  });

  it('is its own, where that could not be handed over', async () => {
    const onRotateOnce = jest.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('disk is full'));
    expect(await later(() => 'rt-2', { onRotate: onRotateOnce })).toBe('rt-1');
  });
});

it.each<[string, unknown]>([
  ['options', undefined],
  ['options', 'rt'],
  ['refreshToken', {}],
  ['refreshToken', { refreshToken: '' }],
  ['refreshToken', { refreshToken: 7 }],
  ['onRotate', { refreshToken: 'rt', onRotate: 'file' }],
  ['subject', { refreshToken: 'rt', subject: '' }],
  ['onrotate', { refreshToken: 'rt', onrotate: () => {} }],
])('a refresh token whose options are wrong is refused at once, with the name of the option: %s', (option, options) => {
  expect(() => refreshToken(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_TOKENFLIGHT_CONFIGURATION', option }),
  );
});
