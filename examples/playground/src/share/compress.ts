// Texts as short as a link wants them: deflate, then base64 in the alphabet of URLs (RFC 4648 §5), without padding.

/** A byte string is turned into characters in pieces: an argument list has an end. */
const PIECE = 0x8000;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** @throws when a character is none of the alphabet. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, character => character.charCodeAt(0));
}

export async function deflate(text: string): Promise<Uint8Array> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param longest how many bytes there may be at most: a few bytes can stand for gigabytes.
 * @throws when it is not what `deflate` made, or longer.
 */
export async function inflate(bytes: Uint8Array<ArrayBuffer>, longest: number): Promise<string> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = stream.getReader();
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > longest) {
      await reader.cancel();
      throw new RangeError(`more than ${longest} bytes`);
    }
    pieces.push(value);
  }
  // A letter that is broken is a fault of the link, not a question mark in a document.
  return new TextDecoder('utf-8', { fatal: true }).decode(await new Blob(pieces).arrayBuffer());
}
