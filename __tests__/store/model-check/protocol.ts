/** What a store keeps of one key, without times. */
export interface KeyState {
  /** Who holds the lease. */
  readonly owner: string | undefined;
  /** The number of the token request that brought the current token; requests are numbered as they are sent. */
  readonly token: number | undefined;
  readonly generation: number;
}

/** What a store decides, each in one step. A refused operation gives undefined. */
export interface Protocol {
  /** The lease is asked for, since no token will do. */
  take(state: KeyState, owner: string): KeyState | undefined;
  extend(state: KeyState, owner: string): KeyState | undefined;
  /** @param seen the generation that the leader was told when it took the lease */
  put(state: KeyState, owner: string, token: number, seen: number): KeyState | undefined;
  release(state: KeyState, owner: string): KeyState | undefined;
}

export const empty: KeyState = { owner: undefined, token: undefined, generation: 0 };

/** As `memoryStore` has it. */
export const sound: Protocol = {
  take: (state, owner) => (state.owner === undefined || state.owner === owner ? { ...state, owner } : undefined),
  extend: (state, owner) => (state.owner === owner ? state : undefined),
  put: (state, owner, token) =>
    state.owner === owner ? { owner: undefined, token, generation: state.generation + 1 } : undefined,
  release: (state, owner) => (state.owner === owner ? { ...state, owner: undefined } : undefined),
};

const putAnyhow: Protocol['put'] = ({ generation }, _owner, token) => ({
  owner: undefined,
  token,
  generation: generation + 1,
});

/** Ways to get it wrong. */
export const broken: Readonly<Record<string, Protocol>> = {
  'the lease is given to all': { ...sound, take: (state, owner) => ({ ...state, owner }) },
  'anybody may put': { ...sound, put: putAnyhow },
  'anybody may put while nobody holds the lease': {
    ...sound,
    put: (state, ...rest) => (state.owner === undefined ? putAnyhow(state, ...rest) : sound.put(state, ...rest)),
  },
  'anybody may put if the generation that it saw is still the current one': {
    ...sound,
    put: (state, owner, token, seen) =>
      state.generation === seen ? putAnyhow(state, owner, token, seen) : sound.put(state, owner, token, seen),
  },
  'anybody may release': { ...sound, release: (state) => ({ ...state, owner: undefined }) },
  'anybody may extend': { ...sound, extend: (state, owner) => ({ ...state, owner }) },
  'a lease that has ended may be extended': {
    ...sound,
    extend: (state, owner) => (state.owner === undefined ? { ...state, owner } : sound.extend(state, owner)),
  },
  'what is not needed any more is forgotten with the lease': {
    ...sound,
    release: (state, owner) => (state.owner === owner ? empty : undefined),
  },
};
