import { type CallOptions, type ClientOptions, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import { bearerCredentials, bearerInterceptor, type RpcBearerOptions } from '../../src/adapters/grpc.ts';
import type { TokenProvider } from '../../src/provider/token-provider.ts';
import type { TokenEvent } from '../../src/telemetry/events.ts';
import type { TokenSource } from '../../src/values/token-source.ts';
import { type Certificates, makeCertificates } from '../servers/certificate-authority.ts';
import { type EchoClient, GrpcServer } from '../servers/grpc-server.ts';
import { TokenServer } from '../servers/token-server.ts';
import { providerOf } from './contract/rig.ts';
import { useRealSockets } from './real-sockets.ts';

/** How the adapter is put on a client. */
export interface Attachment {
  readonly isEncrypted: boolean;
  readonly hasCredentials: boolean;
  readonly hasInterceptor: boolean;
}

export interface Answer {
  readonly code: status;
  /** What came, or the details of the status. */
  readonly text: string;
  readonly error?: ServiceError;
}

export interface ClientSettings {
  readonly source?: TokenSource;
  readonly options?: Partial<RpcBearerOptions>;
  /** How many times the adapter is put on. Default: once. */
  readonly layers?: number;
  readonly more?: ClientOptions;
}

/** Real servers and a real provider, made anew for each test. */
export class GrpcRig {
  tokens!: TokenServer;
  api!: GrpcServer;
  provider!: TokenProvider;
  events: TokenEvent[] = [];
  readonly attachment: Attachment;

  /** Registers what makes and ends all this; to be called inside a `describe`. */
  constructor(attachment: Attachment) {
    this.attachment = attachment;
    useRealSockets();
    let certificates: Certificates | undefined;
    beforeAll(async () => {
      certificates = attachment.isEncrypted ? await makeCertificates() : undefined;
    });
    beforeEach(async () => {
      [this.tokens, this.api] = await Promise.all([TokenServer.start(), GrpcServer.start(certificates)]);
      this.provider = providerOf(this.tokens);
      this.events = [];
      this.provider.on((event) => this.events.push(event));
    });
    afterEach(async () => {
      this.api.close();
      await this.provider.close();
      await this.tokens.close();
    });
    afterAll(() => {
      certificates = undefined;
    });
  }

  get origin(): string {
    return `${this.attachment.isEncrypted ? 'https' : 'http'}://127.0.0.1:${this.api.port}`;
  }

  clientOf({ source = this.provider, options, layers = 1, more }: ClientSettings = {}): EchoClient {
    const bearer = { origins: this.origin, ...options };
    const { hasCredentials, hasInterceptor } = this.attachment;
    const each = Array.from({ length: layers });
    const ofCalls = hasCredentials ? each.map(() => bearerCredentials(source, bearer)) : [];
    const interceptors = hasInterceptor ? each.map(() => bearerInterceptor(source, bearer)) : [];
    const channel = credentials.combineChannelCredentials(this.api.channel, ...ofCalls);
    return this.api.clientOf(channel, { interceptors, ...more });
  }

  /** A client whose token is cached already, and which the server has seen once. */
  async warmClientOf(settings: ClientSettings = {}): Promise<EchoClient> {
    const client = this.clientOf(settings);
    const { code } = await say(client, 'warm');
    if (code !== status.OK) throw new Error(`the first call ended with ${code}`);
    return client;
  }

  tell(type: TokenEvent['type']): readonly TokenEvent[] {
    return this.events.filter((event) => event.type === type);
  }
}

export function metadataOf(fields: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(fields)) metadata.set(name, value);
  return metadata;
}

/** A unary call; `started` is told how to cancel it. */
export function say(
  client: EchoClient,
  message: string,
  { metadata = new Metadata(), ...options }: CallOptions & { readonly metadata?: Metadata } = {},
  started: (cancel: () => void) => void = () => {},
): Promise<Answer> {
  return new Promise((resolve) => {
    const call = client.say(message, metadata, options, (error, text = '') =>
      resolve(error ? { code: error.code, text: error.details, error } : { code: status.OK, text }),
    );
    started(() => call.cancel());
  });
}

/** A server-streaming call, read to its end. */
export async function list(
  client: EchoClient,
  message: string,
): Promise<Answer & { readonly words: readonly string[] }> {
  const words: string[] = [];
  try {
    for await (const word of client.list(message, new Metadata())) words.push(word as string);
    return { code: status.OK, text: words.join(' '), words };
  } catch (thrown) {
    const error = thrown as ServiceError;
    return { code: error.code, text: error.details, error, words };
  }
}
