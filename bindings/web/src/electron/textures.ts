// A native frame's handles, as Electron's sharedTexture takes them; or the reason why it cannot. Pure.
import { GeyserError } from '../errors.js';

/** One plane of memory. */
export interface NativePlane {
  readonly fd: number;
  readonly offset: number;
  readonly stride: number;
  readonly size: number;
}

/** What the addon gives: a frame whose writes are over. `release()` gives it back to its publisher; more than one call is allowed. */
export interface NativeFrame {
  readonly number: number;
  readonly generation: number;
  readonly skipped: number;
  /** Microseconds. */
  readonly published: number;
  readonly timestamp: number;
  readonly width: number;
  readonly height: number;
  /** The library's name. */
  readonly format: string;
  /** The library's name of the memory's handle: "dma_buf", "opaque_fd", "shared_memory", ... */
  readonly memory: string;
  readonly transport: 'zero_copy' | 'host_bridge';
  /** DRM format modifier of a dma_buf. */
  readonly modifier: bigint;
  readonly planes: readonly NativePlane[];
  /** OS handles, the frame's own. */
  readonly handles: readonly number[];
  release(): void;
}

/** What of a frame's description the renderer gets. */
export interface SentFrame {
  readonly stream: string;
  readonly number: number;
  readonly generation: number;
  readonly published: number;
  readonly timestamp: number;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly zeroCopyImport: boolean;
}

export type PixelFormat = 'bgra' | 'rgba' | 'rgbaf16' | 'nv12' | 'p010le';

/** Electron's SharedTextureImportTextureInfo, as far as it is used here. */
export interface TextureInfo {
  pixelFormat: PixelFormat;
  codedSize: { width: number; height: number };
  timestamp: number;
  handle: {
    nativePixmap?: { planes: { fd: number; offset: number; stride: number; size: number }[]; modifier: string; supportsZeroCopyWebGpuImport: boolean };
  };
}

const formats: Record<string, PixelFormat> = {
  rgba8_unorm: 'rgba',
  bgra8_unorm: 'bgra',
  rgba16_float: 'rgbaf16',
  nv12: 'nv12',
  p010: 'p010le',
};

const wanted: Record<string, string> = { linux: 'dma_buf', win32: 'a Direct3D texture handle', darwin: 'io_surface' };

/**
 * What Electron imports, for a system's `process.platform`. Linux alone: the addon gives no handles on other systems yet.
 * Errors: unsupported_format, unsupported_handle (and what to do), protocol_error (planes that contradict the frame).
 */
export function textureInfo(frame: NativeFrame, platform: string, zeroCopyWebGpuImport = false): TextureInfo {
  const pixelFormat = formats[frame.format];
  if (pixelFormat === undefined) {
    const possible = Object.keys(formats).join(', ');
    throw new GeyserError('unsupported_format', `The stream has the format ${frame.format}; Electron imports ${possible}.`);
  }
  if (platform !== 'linux') {
    const takes = wanted[platform] ?? 'nothing';
    throw new GeyserError('unsupported_handle', `On ${platform} Electron takes ${takes}, which this helper does not hand over yet; it does so on Linux.`);
  }
  if (frame.memory !== 'dma_buf') {
    throw new GeyserError(
      'unsupported_handle',
      `${frame.memory} cannot go to Electron: it takes dma_buf; publish with a device that shares dma_buf (geyser devices), or use geyser serve.`,
    );
  }
  const { planes, width, height } = frame;
  const rows = pixelFormat === 'nv12' || pixelFormat === 'p010le' ? 2 : 1;
  if (planes.length < rows)
    throw new GeyserError('protocol_error', `The frame has ${planes.length} planes of memory, and ${frame.format} needs ${rows}; its publisher is at fault.`);
  for (const { fd, offset, stride, size } of planes) {
    const whole = [fd, offset, stride, size].every((each) => Number.isSafeInteger(each) && each >= 0);
    if (!whole || stride === 0 || size === 0)
      throw new GeyserError('protocol_error', `A plane of the frame has fd ${fd}, offset ${offset}, stride ${stride} and ${size} bytes; its publisher is at fault.`);
  }
  return {
    pixelFormat,
    codedSize: { width, height },
    timestamp: frame.timestamp,
    handle: {
      nativePixmap: {
        planes: planes.map(({ fd, offset, stride, size }) => ({ fd, offset, stride, size })),
        modifier: frame.modifier.toString(),
        supportsZeroCopyWebGpuImport: zeroCopyWebGpuImport,
      },
    },
  };
}
