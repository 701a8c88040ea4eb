// A picture's texels as RGBA bytes in memory of the CPU, which is what travels to a native process.
import { maxExtent } from '../descriptor.js';
import { asGeyserError, GeyserError } from '../errors.js';
import type { FrameSource } from '../stream.js';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function sizeOf(source: FrameSource): { width: number; height: number } {
  if (typeof VideoFrame !== 'undefined' && source instanceof VideoFrame) return { width: source.displayWidth, height: source.displayHeight };
  if (typeof HTMLVideoElement !== 'undefined' && source instanceof HTMLVideoElement) return { width: source.videoWidth, height: source.videoHeight };
  if (typeof HTMLImageElement !== 'undefined' && source instanceof HTMLImageElement) return { width: source.naturalWidth, height: source.naturalHeight };
  const { width, height } = source as { width: number; height: number };
  return { width, height };
}

/** Reads pictures; keeps one canvas for that. Alpha is straight. */
export class PixelReader {
  #canvas: OffscreenCanvas | null = null;

  /** The picture of this moment. Errors: invalid_argument (empty, too large), invalid_state (closed, of another origin). */
  read(source: FrameSource): Pixels {
    const { width, height } = sizeOf(source);
    if (!(width >= 1 && height >= 1 && width <= maxExtent && height <= maxExtent))
      throw new GeyserError('invalid_argument', `The picture has ${width}x${height} texels; 1x1 to ${maxExtent}x${maxExtent} can be published.`);
    if (typeof ImageData !== 'undefined' && source instanceof ImageData) return { width, height, bytes: new Uint8Array(source.data) };
    try {
      if (this.#canvas?.width !== width || this.#canvas.height !== height) this.#canvas = new OffscreenCanvas(width, height);
      const context = this.#canvas.getContext('2d', { willReadFrequently: true });
      if (context === null) throw new GeyserError('unsupported_feature', 'This browser gives no 2D context for an OffscreenCanvas.');
      context.globalCompositeOperation = 'copy'; // what was there before shows through nowhere
      context.drawImage(source as CanvasImageSource, 0, 0, width, height);
      const { data } = context.getImageData(0, 0, width, height);
      return { width, height, bytes: new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength) };
    } catch (error) {
      throw asGeyserError(error, 'invalid_state', 'Reading the picture');
    }
  }
}
