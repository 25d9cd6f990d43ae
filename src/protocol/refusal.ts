/** What a token endpoint says when it says no. */
export interface Refusal {
  readonly error?: string | undefined;
  readonly errorDescription?: string | undefined;
  readonly errorUri?: string | undefined;
}

/**
 * Finds a refusal in an answer's members: RFC 6749 §5.2, a nested `{ error: { type, message } }`, or `errorCode`
 * with `errorSummary`. Whatever else is sent as `error` is one too, unless it is empty, null, false or 0.
 */
export function readRefusal(members: Readonly<Record<string, unknown>>, status: number): Refusal | undefined {
  const nested = asObject(members['error']);
  const error =
    text(members['error']) ??
    text(nested?.['type']) ??
    text(nested?.['code']) ??
    text(nested?.['status']) ??
    text(members['errorCode']) ??
    number(members['error']) ??
    number(nested?.['code']) ??
    number(nested?.['status']) ??
    (isSomething(members['error']) ? 'unknown_error' : undefined);
  const isRefused = error !== undefined || status < 200 || status > 299;
  if (!isRefused) return undefined;
  return {
    error,
    errorDescription:
      text(members['error_description']) ??
      text(nested?.['message']) ??
      text(nested?.['userMessage']) ??
      text(members['errorSummary']) ??
      text(members['message']),
    errorUri: text(members['error_uri']),
  };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function isSomething(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
}

function number(value: unknown): string | undefined {
  return typeof value === 'number' && value !== 0 ? String(value) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
