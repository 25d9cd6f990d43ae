import { checkedFunction, checkedString, checkOptions, ifGiven } from '../errors/option-checks.ts';
import { tokenId } from '../values/digest.ts';
import type { BeginTurn, Grant, KeptSecret, SecretShelf, Turn } from './grant.ts';
import { checkSecret, readSecret, type Secret } from './secret.ts';
import { LONGEST_TOKEN } from './token-answer.ts';

export interface RefreshTokenOptions {
  /**
   * The first refresh token, or a function that reads it: where none has been got yet, and once more when the server
   * refuses the last one, which another process may have spent. With `onRotate` also where a `store` has none, or cannot
   * be asked. Line breaks at its end are no part of it.
   */
  readonly refreshToken: Secret;
  /**
   * Keeps a rotated refresh token, for the next start of the process. Awaited before anyone gets the access token that
   * came with it. If it fails, the new token is kept in memory, handed over again before the next token request, and
   * the failure is that request's.
   */
  readonly onRotate?: ((refreshToken: string) => void | Promise<void>) | undefined;
  /**
   * Whose refresh token it is, such as the user's id. Required with a `store`, where the newest one then lives for all
   * processes; only a digest of this leaves the process.
   */
  readonly subject?: string | undefined;
}

// So many rotations back a refresh token is known again as one of the same family.
const LONGEST_HISTORY = 100;

/**
 * `refresh_token` (RFC 6749 §6) with rotation (RFC 9700 §4.14): a spent refresh token is never sent again, token requests
 * never overlap, and the newest one is always the one used. With a `store` that holds for all processes that share it.
 *
 * @throws {ConfigurationError} naming the option that will not do
 */
export function refreshToken(options: RefreshTokenOptions): Grant {
  checkOptions(options, 'refreshToken', 'onRotate', 'subject');
  checkSecret('refreshToken', options.refreshToken);
  ifGiven('onRotate', options.onRotate, checkedFunction);
  ifGiven('subject', options.subject, checkedString);
  let current: string | undefined;
  /** The one that is known to be kept elsewhere. */
  let kept: string | undefined;
  /** The one that was read last, by now perhaps spent. */
  let read: string | undefined;
  let last: Turn<unknown> | undefined;
  let turns = 0;
  /** Digests of those that led to the current one. */
  let spent: readonly string[] = [];
  /** What processes share, where the one that is configured here is not of its family. */
  let alternative: KeptSecret | undefined;
  /** The latest turn that was granted: what comes to an earlier one after it is old. */
  let latestGranted = 0;

  const readAgain = (): Promise<string> => readSecret(options.refreshToken, 'the refresh token');
  const adopt = (token: string): void => {
    read = token;
    kept = token;
    current = token;
  };
  const keep = async (token: string): Promise<void> => {
    await options.onRotate?.(token);
    kept = token; // if it took so long that there is a newer one by now, that one is handed over again
  };
  /** Another process may have got a newer one, and kept it where this one reads. */
  const lookForNewer = async (): Promise<void> => {
    // Its own, where that is not handed over yet, is newer than whatever is there.
    const own = current;
    if (typeof options.refreshToken !== 'function' || !options.onRotate || !own || kept !== own) return;
    const found = await readAgain().catch(() => undefined);
    if (found === undefined || found === own || spent.includes(await tokenId(found))) return;
    const ownId = await tokenId(own);
    if (current !== own) return; // a late answer has brought another
    spent = [...spent, ownId];
    adopt(found);
  };
  /** Goes on from what the processes share, unless what is configured here is of another login. */
  const follow = async (shared: KeptSecret | undefined): Promise<void> => {
    if (shared === undefined) return lookForNewer();
    const own = current ?? (await readAgain().catch(() => undefined));
    if (own === undefined || own === shared.secret || shared.spent.includes(await tokenId(own))) {
      if (current !== shared.secret) adopt(shared.secret);
      spent = [...new Set([...spent, ...shared.spent])];
    } else {
      alternative = shared;
    }
  };
  const exclusively: Grant['exclusively'] = (request, shelf, begin = beginTurn) => {
    let before = last;
    const earlierOnes = async (): Promise<void> => {
      await before?.over();
      before = undefined; // nor does it keep all turns that ever were
    };
    const turn = begin(async () => {
      await earlierOnes();
      if (shelf === undefined) return request(grantInTurn(++turns));
      return shelf.hold(async (shared) => {
        await follow(shared);
        return request(grantInTurn(++turns, shelf));
      });
    });
    const over = async (): Promise<void> => {
      await turn.over();
      await earlierOnes(); // it may have died while it waited for them
    };
    last = { result: turn.result, over };
    return turn.result;
  };

  /** A turn may be given up while something of it is still on its way. Its answer is taken unless a later one was. */
  const grantInTurn = (turn: number | undefined, shelf?: SecretShelf): Grant => {
    const isOutdated = (): boolean => turn !== undefined && turn < latestGranted;
    let sent: string | undefined;
    let sentId: string | undefined;
    return {
      grantType: 'refresh_token',
      ...(options.subject !== undefined && { identity: [options.subject] }),
      exclusively,
      async parameters() {
        if (current !== undefined && kept !== current) await keep(current);
        const found = current ?? (await readAgain());
        if (current === undefined) adopt(found);
        sent = current ?? found;
        // By now: nothing may come between the next one and what it replaced, not even the end of a Worker's request.
        if (shelf !== undefined) sentId = await tokenId(sent);
        shelf?.confirm();
        return { refresh_token: sent };
      },
      async granted({ refresh_token: rotated }) {
        if (isOutdated()) return;
        latestGranted = turn ?? turns;
        if (typeof rotated !== 'string' || rotated === '' || rotated === current) return;
        if (rotated.length > LONGEST_TOKEN) return;
        current = rotated;
        alternative = undefined;
        if (shelf !== undefined && sentId !== undefined) {
          spent = [...spent, sentId].slice(-LONGEST_HISTORY);
          await shelf.keep({ secret: rotated, spent });
        }
        // The access token at hand is good, whatever becomes of the other: its failure is told by the next request.
        await keep(rotated).catch(() => {});
      },
      async refused() {
        if (sent !== current) return true; // the late answer of an earlier turn has brought another
        if (alternative !== undefined) {
          adopt(alternative.secret);
          spent = alternative.spent;
          alternative = undefined;
          return true;
        }
        if (typeof options.refreshToken !== 'function') return false;
        const found = await readAgain().catch(() => undefined); // the refusal says more than this failure
        // Where rotated tokens are not kept, the one that is found is spent.
        if (found === undefined || found === current || found === read || isOutdated()) return false;
        adopt(found);
        return true;
      },
    };
  };
  return grantInTurn(undefined);
}

const beginTurn: BeginTurn = (run) => {
  const result = run();
  const over = result.then(
    () => {},
    () => {},
  );
  return { result, over: () => over };
};
