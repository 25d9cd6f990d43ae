/** What a store keeps of one key, without times. */
export interface KeyState {
  /** Who holds the lease. */
  readonly owner: string | undefined;
  /** The number of the token request that brought the current token; requests are numbered as they are sent. */
  readonly token: number | undefined;
  readonly generation: number;
  readonly wasRejected: boolean;
  readonly hasFailure: boolean;
}

/**
 * What a store is asked, or what comes to an end in it by itself. A look wants any token, one that is not the current
 * one, or the lease in any case.
 */
export type Operation = { readonly key: number } & (
  | { readonly kind: 'look'; readonly owner: string; readonly wants: 'any' | 'newer' | 'lease' }
  | { readonly kind: 'extend' | 'release' | 'fail'; readonly owner: string }
  /** `seen`: the generation that the leader was told when it took the lease. */
  | { readonly kind: 'put'; readonly owner: string; readonly request: number; readonly seen: number }
  | { readonly kind: 'invalidate'; readonly token: number }
  | { readonly kind: 'lease ends' | 'token ends' | 'failure ends' }
);
export type OperationKind = Operation['kind'];
type Of<K extends OperationKind> = Operation & { readonly kind: K };

/** What becomes of a key, each in one step; undefined: it is refused, or a look does not bring the lease. */
export type Protocol = {
  readonly [K in OperationKind]: (state: KeyState, operation: Of<K>) => KeyState | undefined;
};

export const empty: KeyState = {
  owner: undefined,
  token: undefined,
  generation: 0,
  wasRejected: false,
  hasFailure: false,
};

const putAnyhow = ({ generation }: KeyState, { request }: Of<'put'>): KeyState => ({
  ...empty,
  token: request,
  generation: generation + 1,
});

function look(state: KeyState, { owner, wants }: Of<'look'>): KeyState | undefined {
  const willDo = state.token !== undefined && wants === 'any';
  if (wants !== 'lease' && (willDo || state.hasFailure)) return undefined;
  return state.owner === undefined || state.owner === owner ? { ...state, owner } : undefined;
}

/** As every store has to have it. */
export const sound: Protocol = {
  look,
  extend: (state, { owner }) => (state.owner === owner ? state : undefined),
  // Put again, since the answer was lost: it is there.
  put: (state, operation) => {
    if (state.owner === operation.owner) return putAnyhow(state, operation);
    return state.token === operation.request ? state : undefined;
  },
  release: (state, { owner }) => (state.owner === owner ? { ...state, owner: undefined } : undefined),
  fail: (state, { owner }) => (state.owner === owner ? { ...state, owner: undefined, hasFailure: true } : undefined),
  invalidate: (state, { token }) =>
    state.token === token ? { ...state, token: undefined, wasRejected: true } : undefined,
  'lease ends': (state) => ({ ...state, owner: undefined }),
  'token ends': (state) => ({ ...state, token: undefined }),
  'failure ends': (state) => ({ ...state, hasFailure: false }),
};

/** Ways to get it wrong. */
export const broken: Readonly<Record<string, Protocol>> = {
  'the lease is given to all': { ...sound, look: (state, { owner }) => ({ ...state, owner }) },
  'anybody may put': { ...sound, put: putAnyhow },
  'anybody may put while nobody holds the lease': {
    ...sound,
    put: (state, operation) => (state.owner === undefined ? putAnyhow(state, operation) : sound.put(state, operation)),
  },
  'anybody may put if the generation that it saw is still the current one': {
    ...sound,
    put: (state, operation) =>
      state.generation === operation.seen ? putAnyhow(state, operation) : sound.put(state, operation),
  },
  'anybody may release': { ...sound, release: (state) => ({ ...state, owner: undefined }) },
  'anybody may extend': { ...sound, extend: (state, { owner }) => ({ ...state, owner }) },
  'a lease that has ended may be extended': {
    ...sound,
    extend: (state, operation) =>
      state.owner === undefined ? { ...state, owner: operation.owner } : sound.extend(state, operation),
  },
  'what is not needed any more is forgotten with the lease': {
    ...sound,
    release: (state, { owner }) => (state.owner === owner ? empty : undefined),
  },
};

/** What a protocol makes of one key among others. */
export function decide(protocol: Protocol, keys: readonly KeyState[], operation: Operation): Decision {
  const before = keys[operation.key] ?? empty;
  const run = protocol[operation.kind] as (state: KeyState, given: Operation) => KeyState | undefined;
  const after = run(before, operation);
  const told = operation.kind === 'look' ? { told: toldBy(before, operation) } : {};
  return { keys: after === undefined ? keys : keys.with(operation.key, after), did: after !== undefined, ...told };
}

export interface Decision {
  readonly keys: readonly KeyState[];
  readonly did: boolean;
  /** What a look finds. */
  readonly told?: Told;
}
type Told = Pick<KeyState, 'token' | 'generation' | 'wasRejected' | 'hasFailure'>;

function toldBy({ token, generation, wasRejected, hasFailure }: KeyState, { wants }: Of<'look'>): Told {
  const isTold = wants !== 'newer';
  const tellsFailure = wants === 'newer' || (wants === 'any' && token === undefined);
  return { token: isTold ? token : undefined, generation, wasRejected, hasFailure: tellsFailure && hasFailure };
}
