// gRPC over TLS, with a token that is rejected on the way: node examples/grpc/main.ts
import { Metadata, type ServiceError } from '@grpc/grpc-js';
import { TokenProvider } from 'tokenflight';
import { makeCertificates } from '../../__tests__/servers/certificate-authority.ts';
import { EchoClientOf, GrpcServer } from '../../__tests__/servers/grpc-server.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';
import { channelTo } from './clients.ts';

const certificates = await makeCertificates();
const [issuer, server] = await Promise.all([TokenServer.start(), GrpcServer.start(certificates)]);
const tokens = new TokenProvider({ tokenUrl: issuer.url, clientId: 'caller', clientSecret: 'its-secret' });

const channel = channelTo('localhost', tokens, Buffer.from(certificates.ca));
const client = new EchoClientOf(`localhost:${server.port}`, ...channel);
const say = (text: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const reply = (error: ServiceError | null, answer?: string): void => (error ? reject(error) : resolve(answer));
    client.say(text, new Metadata(), { deadline: Date.now() + 5_000 }, reply);
  });

console.log(await say('hello'));
server.rejected.add('token-1');
console.log(await say('hello after the token was rejected'));
for await (const word of client.list('a stream of words', new Metadata())) console.log(word);
console.log('token requests:', issuer.requests.length);

client.close();
server.close();
await tokens.close();
await issuer.close();
