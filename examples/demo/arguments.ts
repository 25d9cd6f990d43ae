import { type ParseArgsConfig, parseArgs } from 'node:util';
import { DemoError } from './demo-error.ts';

/** What is wrong with the command line. Never quotes a value: a misplaced one may be a secret. */
export class UsageError extends DemoError {
  constructor(problem: string) {
    super(`${problem}\nTry: npm start -- --help`, 2);
  }
}

/** Servers of the user's own. */
export interface OwnServers {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scope?: string;
  readonly audience?: string;
  readonly url: URL;
  readonly allowInsecure: boolean;
}

export interface DemoOptions {
  readonly help: boolean;
  /** Calls per second through got and fetch together. */
  readonly rate: number;
  readonly seconds: number;
  /** Undefined: servers are started on this machine. */
  readonly own: OwnServers | undefined;
}

export const help = `Usage: npm start -- [options]

Calls an API through got and fetch while tokens expire all the time, and shows that no call fails or waits for it.
Without options, the authorization server and the API are started on this machine.

  --rate <n>        calls per second through got and fetch together, 2 to 2000 (default: 200);
                    as many again are sent with a fixed header, to compare the latency
  --seconds <n>     how long, 1 to 3600 (default: 15); the latency leaves out the first second
  --help            this text

Against servers of your own; the first four can come from the environment:

  --token-url <url>         TOKEN_URL      the token endpoint (client credentials, client_secret_basic)
  --client-id <id>          CLIENT_ID
  --client-secret <secret>  CLIENT_SECRET  prefer the variable: other users of this machine can see arguments
  --url <url>               API_URL        called with GET; the token goes to its origin and nowhere else
  --scope <scope>                          optional: what tokens are asked for
  --audience <audience>                    optional
  --allow-insecure                         plain http to hosts other than this machine

Exit code: 0 all as promised, 1 not so, 2 wrong arguments, 130 interrupted.
`;

const options = {
  rate: { type: 'string', default: '200' },
  seconds: { type: 'string', default: '15' },
  help: { type: 'boolean', default: false },
  'token-url': { type: 'string' },
  'client-id': { type: 'string' },
  'client-secret': { type: 'string' },
  url: { type: 'string' },
  scope: { type: 'string' },
  audience: { type: 'string' },
  'allow-insecure': { type: 'boolean', default: false },
} as const satisfies ParseArgsConfig['options'];

const VARIABLES = {
  'token-url': 'TOKEN_URL',
  'client-id': 'CLIENT_ID',
  'client-secret': 'CLIENT_SECRET',
  url: 'API_URL',
} as const;
type RequiredOption = keyof typeof VARIABLES;
type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

/** @throws {UsageError} naming the argument */
export function readArguments(args: readonly string[], env: NodeJS.ProcessEnv): DemoOptions {
  const values = parse(args);
  return {
    help: values.help,
    rate: numberFrom('rate', values.rate, 2, 2_000),
    seconds: numberFrom('seconds', values.seconds, 1, 3_600),
    own: values.help ? undefined : ownServersFrom(values, env),
  };
}

function parse(args: readonly string[]): Values {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL') throw new UsageError('a value without an option before it');
    throw new UsageError(message.split('\n', 1).join());
  }
}

function numberFrom(option: string, text: string, min: number, max: number): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new UsageError(`--${option} must be a number from ${min} to ${max}`);
}

function ownServersFrom(values: Values, env: NodeJS.ProcessEnv): OwnServers | undefined {
  const { scope, audience, 'allow-insecure': allowInsecure } = values;
  const names = Object.keys(VARIABLES) as RequiredOption[];
  // An empty variable is one that is not set. Other programs use CLIENT_ID too, so alone it means nothing.
  const isOwn =
    names.some((name) => values[name] !== undefined) ||
    (scope ?? audience) !== undefined ||
    allowInsecure ||
    Boolean(env[VARIABLES['token-url']] || env[VARIABLES.url]);
  if (!isOwn) return undefined;

  const required = (name: RequiredOption): string => {
    const value = values[name] ?? env[VARIABLES[name]];
    if (value) return value;
    throw new UsageError(`--${name} or ${VARIABLES[name]} is missing: servers of your own need it`);
  };
  return {
    tokenUrl: required('token-url'),
    clientId: required('client-id'),
    clientSecret: required('client-secret'),
    url: urlFrom(required('url')),
    allowInsecure,
    ...(scope !== undefined && { scope }),
    ...(audience !== undefined && { audience }),
  };
}

function urlFrom(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' && url?.protocol !== 'http:') {
    throw new UsageError('--url must be an absolute https URL');
  }
  if (url.username !== '' || url.password !== '') throw new UsageError('--url must not hold a user name or password');
  return url;
}
