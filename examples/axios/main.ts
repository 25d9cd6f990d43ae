// axios with axios-retry: what fails in passing is repeated, each time with a good token; a 401 is answered below that,
// by one replay with a new token. Give it a token endpoint and an API:
//
//   TOKEN_URL=… API_URL=… CLIENT_ID=… CLIENT_SECRET=… node examples/axios/main.ts
import axios from 'axios';
import axiosRetry from 'axios-retry';
import { TokenProvider } from 'tokenflight';
import { attachBearer } from 'tokenflight/axios';

const { TOKEN_URL = '', API_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;

await using tokens = new TokenProvider({ tokenUrl: TOKEN_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
tokens.on((event) => {
  if (event.type === 'replayed') console.log(`The API refused token ${event.rejectedTokenId}: sent again.`);
});

const api = axios.create({ baseURL: API_URL, timeout: 10_000 });
attachBearer(api, tokens, { origins: new URL(API_URL).origin });
axiosRetry(api, {
  retries: 3,
  retryDelay: axiosRetry.exponentialDelay,
  onRetry: (count, error) => console.log(`Attempt ${count} ended in ${error.response?.status ?? error.code}.`),
});

const { data } = await api.get('/things/1');
console.log(data);
