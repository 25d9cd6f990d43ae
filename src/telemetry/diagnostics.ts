import type { TokenEvent } from './events.ts';

/** The part of a `diagnostics_channel` channel that is used here. */
interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

interface TracingChannel extends Channel {
  tracePromise<T>(run: () => Promise<T>, context: object): Promise<T>;
}

interface DiagnosticsChannel {
  channel(name: string): Channel;
  tracingChannel(name: string): TracingChannel;
}

type BuiltinModules = { readonly getBuiltinModule?: (id: string) => unknown };

// Asked for at run time, so that bundles for browsers and workers hold no import they cannot resolve.
// Pure, so that bundles of adapters alone hold nothing of this.
const diagnostics = /* @__PURE__ */ builtinDiagnostics();

/** Channel `tokenflight:event`: every {@link TokenEvent} of every provider. Undefined where the platform has none. */
export const eventChannel: Channel | undefined = /* @__PURE__ */ channelNamed('tokenflight:event');

const tokenRequestChannel = /* @__PURE__ */ tracingChannelNamed('tokenflight:token-request');

/** What subscribers of the tracing channel `tokenflight:token-request` are told of one attempt. */
export interface TokenRequestTrace {
  /** The token endpoint, or the issuer where it is found by discovery; without its query. */
  readonly server: string;
  readonly grantType: string;
  readonly request: Extract<TokenEvent, { type: 'refresh-started' }>['request'];
  /** From 1 within a flight. */
  readonly attempt: number;
}

/** Runs one attempt inside the tracing channel. Its outcome is kept from the channel: it holds the token. */
export async function traceTokenRequest<T>(trace: TokenRequestTrace, attempt: () => Promise<T>): Promise<T> {
  // Node 20 has no `hasSubscribers` on tracing channels: undefined must then count as yes.
  if (tokenRequestChannel === undefined || tokenRequestChannel.hasSubscribers === false) return attempt();
  let outcome: { readonly value: T } | undefined;
  await tokenRequestChannel.tracePromise(async () => {
    outcome = { value: await attempt() };
  }, trace);
  return (outcome as unknown as { readonly value: T }).value;
}

function builtinDiagnostics(): DiagnosticsChannel | undefined {
  const { process } = globalThis as { process?: BuiltinModules };
  return process?.getBuiltinModule?.('node:diagnostics_channel') as DiagnosticsChannel | undefined;
}

function channelNamed(name: string): Channel | undefined {
  return diagnostics?.channel(name);
}

function tracingChannelNamed(name: string): TracingChannel | undefined {
  return diagnostics?.tracingChannel(name);
}
