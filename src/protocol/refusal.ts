/** What a token endpoint says when it says no. */
export interface Refusal {
  readonly error?: string | undefined;
  readonly errorDescription?: string | undefined;
  readonly errorUri?: string | undefined;
}

/**
 * Finds a refusal in an answer's members: RFC 6749 §5.2, a nested `{ error: { type, message } }`, or `errorCode`
 * with `errorSummary`. An `error` that is null or empty is none.
 */
export function readRefusal(members: Readonly<Record<string, unknown>>, status: number): Refusal | undefined {
  const nested = asObject(members['error']);
  const error =
    text(members['error']) ??
    text(nested?.['type']) ??
    text(nested?.['code']) ??
    text(nested?.['status']) ??
    text(members['errorCode']) ??
    (nested && text(nested['message']) && 'unknown_error');
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

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
