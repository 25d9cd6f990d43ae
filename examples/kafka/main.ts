// kafkajs with OAUTHBEARER, and a broker that refuses the first token: node examples/kafka/main.ts
import { TokenProvider } from 'tokenflight';
import { KafkaBroker } from '../../__tests__/servers/kafka-broker.ts';
import { TokenServer } from '../../__tests__/servers/token-server.ts';
import { cluster, connect } from './kafka.ts';

const [issuer, broker] = await Promise.all([TokenServer.start(), KafkaBroker.start()]);
const tokens = new TokenProvider({ tokenUrl: issuer.url, clientId: 'consumer', clientSecret: 'its-secret' });
const ours = cluster([broker.address], tokens, false); // this broker is on loopback and has no TLS

broker.rejected.add('token-1');
const admin = ours.kafka.admin();
await connect(admin, ours);
console.log('topics:', await admin.listTopics());
console.log('authentications:', broker.messages.length, 'token requests:', issuer.requests.length);

await admin.disconnect();
await tokens.close();
await Promise.all([issuer.close(), broker.close()]);
