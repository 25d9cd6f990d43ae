// Many calls at once through undici, with its own redirects and retries, on one token:
//   TOKEN_URL=… API_URL=… CLIENT_ID=… CLIENT_SECRET=… node examples/undici.ts
import { TokenProvider } from 'tokenflight';
import { bearerInterceptor } from 'tokenflight/undici';
import { Agent, interceptors, request } from 'undici';

const { TOKEN_URL = '', API_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;

await using tokens = new TokenProvider({ tokenUrl: TOKEN_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
tokens.on(({ type }) => {
  if (type === 'refresh-succeeded' || type === 'replayed') console.log(type);
});

// The first interceptor is the nearest to the wire: it sees each hop of a redirect, and each attempt of a retry.
const dispatcher = new Agent().compose(
  bearerInterceptor(tokens, { origins: new URL(API_URL).origin }),
  interceptors.redirect({ maxRedirections: 5 }),
  interceptors.retry({ maxRetries: 3 }),
);

const calls = Array.from({ length: 10 }, async () => {
  const { statusCode, body } = await request(API_URL, { dispatcher });
  await body.dump();
  return statusCode;
});
console.log((await Promise.all(calls)).join(' '));
await dispatcher.close();
