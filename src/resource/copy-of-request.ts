/**
 * What a `Request` loses when it is copied or sent with changes, whatever they are (Fetch standard, `new Request`): where
 * it says to come from. Only if it was set, since some engines do not take these fields and some do not have them.
 */
export function referrerOf({ referrer, referrerPolicy }: Request): RequestInit {
  return {
    ...(typeof referrer === 'string' && referrer !== 'about:client' && { referrer }),
    ...(referrerPolicy && { referrerPolicy }),
  };
}

/** A copy with changes, of the same class: the fetch of another package may take its own only. */
export function copyOfRequest(request: Request, changes: RequestInit): Request {
  return new (request.constructor as typeof Request)(request, { ...referrerOf(request), ...changes });
}
