import type { SentBody } from './replay-policy.ts';

/**
 * What is known of a body as the web platform's clients take it. Bodies in memory can be sent again; streams and
 * iterators, and whatever is not known, are spent.
 */
export function describeBody(body: unknown): SentBody {
  if (body === undefined || body === null) return { bytes: 0 };
  if (typeof body === 'string') return sizedLater(() => new TextEncoder().encode(body).byteLength);
  if (body instanceof URLSearchParams) return sizedLater(() => body.toString().length);
  if (typeof body !== 'object') return 'spent';
  if (ArrayBuffer.isView(body)) return { bytes: body.byteLength };
  if (isFormData(body)) return { bytes: formDataBytes(body) };
  switch (Object.prototype.toString.call(body)) {
    case '[object ArrayBuffer]':
    case '[object SharedArrayBuffer]':
      return { bytes: (body as ArrayBuffer).byteLength };
    case '[object Blob]':
    case '[object File]':
      return { bytes: (body as Blob).size };
    default:
      return 'spent';
  }
}

// Measured only if somebody asks, since few requests are rejected, and a large text takes its time.
function sizedLater(measure: () => number): SentBody {
  return {
    get bytes() {
      return measure();
    },
  };
}

/** Whether it is a form, of this realm or another. */
export function isFormData(body: unknown): body is FormData {
  // Packages that call their streams by that name, too, have nothing to go through.
  return Object.prototype.toString.call(body) === '[object FormData]' && Symbol.iterator in (body as object);
}

/**
 * A form that the host is going to encode, to be given to it once more. With a type of the caller's own, nobody knows
 * what that refers to.
 *
 * @returns a function, so that nothing that prints goes into the form
 */
export function formOf(body: unknown, headers: Readonly<Record<string, unknown>>): (() => FormData) | undefined {
  return isFormData(body) && headers['content-type'] === undefined ? () => body : undefined;
}

function formDataBytes(form: FormData): number {
  let bytes = 0;
  for (const [name, value] of form) bytes += name.length + (typeof value === 'string' ? value.length : value.size);
  return bytes;
}
