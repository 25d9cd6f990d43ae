// openapi-fetch, with types made of an OpenAPI file by `npx openapi-typescript things.yaml -o things.d.ts`. Give it a
// token endpoint and an API:
//
//   TOKEN_URL=… API_URL=… CLIENT_ID=… CLIENT_SECRET=… node examples/openapi-fetch/main.ts
import createClient from 'openapi-fetch';
import { TokenProvider } from 'tokenflight';
import { bearerMiddleware } from 'tokenflight/openapi-fetch';
import type { paths } from './things.d.ts';

const { TOKEN_URL = '', API_URL = '', CLIENT_ID = '', CLIENT_SECRET = '' } = process.env;

await using tokens = new TokenProvider({ tokenUrl: TOKEN_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET });

const api = createClient<paths>({ baseUrl: API_URL });
api.use(bearerMiddleware(tokens, { origins: new URL(API_URL).origin }));

const { data, error } = await api.GET('/things/{id}', { params: { path: { id: '1' } } });
if (error !== undefined) throw new Error(error.title);
const changed = await api.PUT('/things/{id}', {
  params: { path: { id: '1' } },
  body: { ...data, weight: (data.weight ?? 0) + 1 },
});
console.log(data, changed.data);
