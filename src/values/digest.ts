/** SHA-256 of a text's UTF-8 bytes, in base64url without padding. */
export async function sha256Base64Url(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  const binary = String.fromCharCode(...new Uint8Array(digest));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
}

/** A token's name for logs and comparisons: the first 96 bits of its SHA-256. */
export async function tokenId(value: string): Promise<string> {
  return (await sha256Base64Url(value)).slice(0, 16);
}
