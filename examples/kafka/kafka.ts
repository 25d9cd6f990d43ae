import { Kafka, logLevel } from 'kafkajs';
import type { TokenSource } from 'tokenflight';
import { type OAuthBearerProvider, oauthBearerProvider } from 'tokenflight/kafka';

export interface Cluster {
  readonly kafka: Kafka;
  readonly callback: OAuthBearerProvider;
}

/** Every connection authenticates with a good token; kafkajs asks for it anew before the session ends. */
export function cluster(brokers: string[], tokens: TokenSource, ssl = true): Cluster {
  const callback = oauthBearerProvider(tokens, { request: { scope: 'kafka' } });
  const sasl = { mechanism: 'oauthbearer', oauthBearerProvider: callback } as const;
  return { callback, kafka: new Kafka({ brokers, ssl, sasl, retry: { retries: 0 }, logLevel: logLevel.NOTHING }) };
}

/** Connects, and once more with a newer token if a broker refuses the first: kafkajs itself does not try that again. */
export async function connect(client: { connect(): Promise<void> }, { callback }: Cluster): Promise<void> {
  try {
    await client.connect();
  } catch (error) {
    const isRefusal = (error as Error).name === 'KafkaJSSASLAuthenticationError';
    if (!isRefusal || !(await callback.rejected())) throw error;
    await client.connect();
  }
}
