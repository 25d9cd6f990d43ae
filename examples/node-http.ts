// Calls with `node:http` and `node:https` alone, which get past a token that the API rejects:
//   TOKEN_URL=… API_URL=… CLIENT_ID=… CLIENT_SECRET=… node examples/node-http.ts
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
import { TokenProvider } from 'tokenflight';
import { bearerHeaders } from 'tokenflight/node-http';

const { TOKEN_URL = '', API_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;

await using tokens = new TokenProvider({ tokenUrl: TOKEN_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });
tokens.on(({ type }) => {
  if (type === 'refresh-succeeded' || type === 'replayed') console.log(type);
});
const bearer = bearerHeaders(tokens, { origins: new URL(API_URL).origin });

async function call(url: string, method: string, body = ''): Promise<http.IncomingMessage> {
  let headers = await bearer(url, { method, body, headers: { 'content-type': 'text/plain' } });
  for (;;) {
    const request = (url.startsWith('https:') ? https : http).request(url, { method, headers }).end(body);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const again = await bearer.again(headers, response); // once at most
    if (again === undefined) return response;
    response.resume(); // nobody reads it: lets its connection go
    headers = again;
  }
}

for (const method of ['GET', 'POST']) {
  const response = await call(API_URL, method, method === 'POST' ? 'hello' : '');
  console.log(method, response.statusCode, (await text(response)).length, 'characters');
}
