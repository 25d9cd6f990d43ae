/** What every adapter keeps, by number. The README lists them, and tells which adapter keeps which. */
export const RULES = [
  'a token is asked for once and sent with each request; a cached one is attached at once',
  'what the caller wrote stays: an `Authorization` of its own, method, headers, body; put on twice, the adapter sends one token',
  'a 401 gets a new token and the request again, once, if its body is in memory',
  'any number of rejections at once cost one token request, and none a loop; retries of the host do not multiply them',
  'every other answer is handed over untouched',
  'an abort by the caller ends the wait, with the error of the host',
  'a token that cannot be had is an error, never a request without a token',
  'a token goes to the origins that are named and nowhere else, whatever the address looks like or a redirect says',
  'bodies are streamed both ways, and 1xx answers, trailers and HTTP/2 are left as they are',
  'no token and no secret is printed',
] as const;

/** Between the name of a host and its rules, in the names of the tests. */
export const KEEPS = 'keeps the contract of all adapters:';

/** Before the reason why a case does not apply to a host. */
export const ABSENT = 'has no case here: ';
