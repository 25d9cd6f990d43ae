/** SHA-256 of a text's UTF-8 bytes, in base64url without padding. */
export async function sha256Base64Url(text: string): Promise<string> {
  return base64Url(await sha256(text));
}

/** A token's name for logs and comparisons: the first 96 bits of its SHA-256, in base64url. */
export async function tokenId(value: string): Promise<string> {
  return base64Url((await sha256(value)).subarray(0, 12)); // a slice of the text would keep all of it in memory
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace('=', '');
}
