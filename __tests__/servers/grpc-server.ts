import {
  type CallOptions,
  type ChannelCredentials,
  type Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  type ClientUnaryCall,
  type ClientWritableStream,
  credentials,
  type Metadata,
  makeGenericClientConstructor,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { Arrivals } from './arrivals.ts';
import type { Certificates } from './certificate-authority.ts';

type Callback = (error: ServiceError | null, value?: string) => void;

/** A client of {@link GrpcServer}. */
export interface EchoClient extends Client {
  say(message: string, metadata: Metadata, options: CallOptions, callback: Callback): ClientUnaryCall;
  list(message: string, metadata: Metadata, options?: CallOptions): ClientReadableStream<string>;
  collect(metadata: Metadata, callback: Callback): ClientWritableStream<string>;
  chat(metadata: Metadata): ClientDuplexStream<string, string>;
}

export interface ReceivedCall {
  readonly method: string;
  readonly metadata: Metadata;
  /** Every `authorization` that came. */
  readonly authorizations: readonly string[];
  readonly token: string | undefined;
  readonly message: string;
}

/** What a call is answered with in place of the server's own judgement. */
export type Judge = (
  received: ReceivedCall,
) => Partial<ServiceError> | undefined | Promise<Partial<ServiceError> | undefined>;

const path = (method: string): string => `/tests.Echo/${method}`;
const text = {
  requestSerialize: (value: string) => Buffer.from(value),
  requestDeserialize: (bytes: Buffer) => bytes.toString(),
  responseSerialize: (value: string) => Buffer.from(value),
  responseDeserialize: (bytes: Buffer) => bytes.toString(),
};
const service = {
  say: { ...text, path: path('Say'), requestStream: false, responseStream: false },
  list: { ...text, path: path('List'), requestStream: false, responseStream: true },
  collect: { ...text, path: path('Collect'), requestStream: true, responseStream: false },
  chat: { ...text, path: path('Chat'), requestStream: true, responseStream: true },
} satisfies ServiceDefinition;

/** As code generators make them. */
export const EchoClientOf = makeGenericClientConstructor(service, 'Echo') as unknown as new (
  ...parameters: ConstructorParameters<typeof Client>
) => EchoClient;

type ServerCall = Pick<ServerUnaryCall<string, string>, 'metadata' | 'getPath'>;

/**
 * A gRPC server that wants a bearer token: UNAUTHENTICATED without one or with one that it rejects. `say` and `collect`
 * answer with what they were told, `list` with each of its words, `chat` with each message.
 */
export class GrpcServer {
  readonly port: number;
  /** Tokens that get UNAUTHENTICATED. */
  readonly rejected: Set<string> = new Set();
  /** Default: a token that is not among `rejected` is good. */
  judge: Judge = ({ token }) =>
    token !== undefined && !this.rejected.has(token)
      ? undefined
      : { code: status.UNAUTHENTICATED, details: 'who are you?' };
  /** What `list` ends with after its first word. */
  afterFirstWord: Partial<ServiceError> | undefined;
  readonly #server: Server;
  readonly #ca: string | undefined;
  readonly #arrivals: Arrivals<ReceivedCall>;
  readonly #clients: Client[] = [];

  private constructor(server: Server, port: number, ca: string | undefined, arrivals: Arrivals<ReceivedCall>) {
    this.#server = server;
    this.port = port;
    this.#ca = ca;
    this.#arrivals = arrivals;
  }

  /** @param certificates for TLS; without them nothing is encrypted */
  static async start(certificates?: Certificates): Promise<GrpcServer> {
    const server = new Server();
    const pairs = certificates && [
      { private_key: Buffer.from(certificates.server.key), cert_chain: Buffer.from(certificates.server.cert) },
    ];
    const serverCredentials = pairs ? ServerCredentials.createSsl(null, pairs) : ServerCredentials.createInsecure();
    const arrivals = new Arrivals<ReceivedCall>();
    server.addService(service, {
      say: (call: ServerUnaryCall<string, string>, reply: sendUnaryData<string>) =>
        void made.#judged(call, call.request).then((refusal) => (refusal ? reply(refusal) : reply(null, call.request))),
      list: (call: ServerWritableStream<string, string>) => void made.#list(call),
      collect: (call: ServerReadableStream<string, string>, reply: sendUnaryData<string>) =>
        void made.#judged(call, '').then(async (refusal) => {
          if (refusal) return reply(refusal);
          const messages: string[] = [];
          for await (const message of call) messages.push(message);
          reply(null, messages.join(' '));
        }),
      chat: (call: ServerDuplexStream<string, string>) =>
        void made.#judged(call, '').then(async (refusal) => {
          if (refusal) return call.emit('error', refusal);
          for await (const message of call) call.write(message);
          call.end();
        }),
    });
    const port = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', serverCredentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    const made = new GrpcServer(server, port, certificates?.ca, arrivals);
    return made;
  }

  /** Credentials for a channel to this server, without a token. */
  get channel(): ChannelCredentials {
    return this.#ca === undefined ? credentials.createInsecure() : credentials.createSsl(Buffer.from(this.#ca));
  }

  clientOf(channel: ChannelCredentials, options: ClientOptions = {}): EchoClient {
    const client = new EchoClientOf(`127.0.0.1:${this.port}`, channel, options);
    this.#clients.push(client);
    return client;
  }

  get calls(): readonly ReceivedCall[] {
    return this.#arrivals.all;
  }

  get tokens(): readonly (string | undefined)[] {
    return this.calls.map(({ token }) => token);
  }

  reached(count: number): Promise<void> {
    return this.#arrivals.reached(count);
  }

  close(): void {
    for (const client of this.#clients) client.close();
    this.#server.forceShutdown();
  }

  async #list(call: ServerWritableStream<string, string>): Promise<void> {
    const refusal = await this.#judged(call, call.request);
    if (refusal) return void call.emit('error', refusal);
    for (const word of call.request.split(' ')) {
      call.write(word);
      if (this.afterFirstWord) return void call.emit('error', this.afterFirstWord);
    }
    call.end();
  }

  async #judged(call: ServerCall, message: string): Promise<Partial<ServiceError> | undefined> {
    const authorizations = call.metadata.get('authorization').map(String);
    const token = authorizations.length === 1 ? /^Bearer (.+)$/.exec(authorizations[0] ?? '')?.[1] : undefined;
    const received = { method: call.getPath(), metadata: call.metadata, authorizations, token, message };
    this.#arrivals.add(received);
    return this.judge(received);
  }
}
