import process from 'node:process';
import { TokenProvider } from 'tokenflight';
import { bearerFetch } from 'tokenflight/fetch';
import { messagePortStore, processPort } from 'tokenflight/message-port';

const { TOKEN_URL = '', API_URL = '', CLIENT_ID = '', CLIENT_SECRET = '', WORKER_NAME = '' } = process.env;

const tokens = new TokenProvider({
  tokenUrl: TOKEN_URL,
  clientId: CLIENT_ID,
  clientSecret: CLIENT_SECRET,
  store: messagePortStore(processPort(process)),
});
const call = bearerFetch(tokens, { origins: new URL(API_URL).origin });

for (const job of [1, 2, 3]) {
  const response = await call(new URL(`/jobs/${job}`, API_URL));
  console.log(`${WORKER_NAME}: /jobs/${job} ${response.status}`);
  await response.body?.cancel();
}
await tokens.close();
process.disconnect();
