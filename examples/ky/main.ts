// ky: its retries, its timeout and its hooks work as ever, and none of them sees a token. Give it a token endpoint and an
// API:
//
//   TOKEN_URL=… API_URL=… CLIENT_ID=… CLIENT_SECRET=… node examples/ky/main.ts
import ky from 'ky';
import { TokenProvider } from 'tokenflight';
import { bearerHooks } from 'tokenflight/ky';

const { TOKEN_URL = '', API_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;

await using tokens = new TokenProvider({ tokenUrl: TOKEN_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });

const api = ky.extend(bearerHooks(tokens, { origins: new URL(API_URL).origin })).extend({
  baseUrl: API_URL,
  retry: { limit: 3 },
  hooks: {
    beforeRetry: [
      ({ error, retryCount }) => console.log(`Attempt ${retryCount} ended: ${error.message.split(':')[0]}.`),
    ],
  },
});

console.log(await api('/things/1').json());
