import { type RefreshTokenOptions, refreshToken } from '../../src/protocol/refresh-token.ts';
import { type ProviderUnderTest, providerUnderTest } from './provider-under-test.ts';
import type { ArrivedRequest } from './scripted-endpoint.ts';

export interface Rotating extends ProviderUnderTest {
  /** The refresh tokens sent, in their order. */
  sent(): (string | null)[];
}

/** A provider at a server that rotates: `rt-0` is spent for `at-1` with `rt-1`, and so on. */
export function rotating(options: Partial<RefreshTokenOptions> = {}, more = {}): Rotating {
  const grant = refreshToken({ refreshToken: 'rt-0', ...options });
  const made = providerUnderTest({ grant, ...more });
  made.endpoint.reaction = rotate;
  return { ...made, sent: () => made.endpoint.requests.map(({ form }) => form.get('refresh_token')) };
}

export const rotate = (request: ArrivedRequest, number: number): void =>
  request.grant(`at-${number}`, 900, { refresh_token: `rt-${number}` });
