// Work on bytes of pictures: four bytes a texel, rows without gaps.

/** RGBA as BGRA and the other way round; another array. */
export function swizzled(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i + 3 < bytes.length; i += 4) {
    out[i] = bytes[i + 2] as number;
    out[i + 1] = bytes[i + 1] as number;
    out[i + 2] = bytes[i] as number;
    out[i + 3] = bytes[i + 3] as number;
  }
  return out;
}

/** A canvas that shows RGBA bytes. */
export function rgbaCanvas(rgba: Uint8Array<ArrayBuffer>, width: number, height: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  if (context === null) throw new TypeError('this browser gives no 2D context for an OffscreenCanvas');
  context.putImageData(new ImageData(clamped(rgba), width, height), 0, 0);
  return canvas;
}

/** The same bytes, seen as ImageData wants them. */
export function clamped(bytes: Uint8Array<ArrayBuffer>): Uint8ClampedArray<ArrayBuffer> {
  return new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
