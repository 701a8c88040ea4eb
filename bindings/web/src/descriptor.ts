// What a texture is, and what travels with every frame besides its pixels.
import { GeyserError } from './errors.js';

/**
 * WebGPU's format names where WebGPU has the format, the library's for the planar ones. `undefined` is the library's word for a frame
 * whose format the browser does not tell (`VideoFrame.format` is null).
 */
export const textureFormats = [
  'rgba8unorm',
  'rgba8unorm-srgb',
  'bgra8unorm',
  'bgra8unorm-srgb',
  'rgba16float',
  'rgb10a2unorm',
  'nv12',
  'p010',
  'i420',
  'undefined',
] as const;

export type TextureFormat = (typeof textureFormats)[number];

/** True for the name of a format; for names that come from another context or process. */
export function isTextureFormat(value: unknown): value is TextureFormat {
  return typeof value === 'string' && (textureFormats as readonly string[]).includes(value);
}

/** What every frame of a generation is. Sizes in texels. */
export interface TextureDescriptor {
  readonly width: number;
  readonly height: number;
  readonly format: TextureFormat;
}

export function sameDescriptor(a: TextureDescriptor, b: TextureDescriptor): boolean {
  return a.width === b.width && a.height === b.height && a.format === b.format;
}

/** The publisher's own values: what JSON can say. At most `maxMetadataCharacters` of JSON. */
export type MetadataValue = null | boolean | number | string | readonly MetadataValue[] | { readonly [key: string]: MetadataValue };
export type Metadata = { readonly [key: string]: MetadataValue };

/** What a subscriber reads about a frame. All times in microseconds. */
export interface FrameInfo extends TextureDescriptor {
  /** 1 for a stream's first frame; rises by one with each publish, over resizes too. */
  readonly number: number;
  /** Rises when size or format change; 1 for the first. */
  readonly generation: number;
  /** Frames published since the one acquired before, which this subscriber did not take. */
  readonly skipped: number;
  /** When publish() was called, on the clock of `now()`. Of a native stream: as nearly as the two clocks could be compared. */
  readonly published: number;
  /** What the publisher said (its own clock), or `published`. */
  readonly timestamp: number;
  readonly metadata: Metadata;
}

/** How pixels came. */
export interface TransferReport {
  /**
   * `zero-copy`: the reader samples the producer's own memory. `gpu`: no pixel passed through memory of the CPU, but the GPU copied at least
   * once. `cpu`: pixels passed through memory of the CPU, or the browser does not tell that they did not.
   */
  readonly transfer: 'zero-copy' | 'gpu' | 'cpu';
  /** One sentence: what was copied where, or what the browser does not tell. */
  readonly why: string;
}

export const maxNameBytes = 128;
export const maxExtent = 16384;
export const maxMetadataCharacters = 16384;
const maxMetadataDepth = 16;
const maxMetadataValues = 4096;

/** Microseconds since 1970 that never run back within a context; contexts of one browser agree on it to well under a millisecond. */
export function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

/** Refuses what is no stream name: 1 to 128 bytes of UTF-8 without control characters. */
export function checkName(name: string): void {
  const bytes = typeof name === 'string' ? new TextEncoder().encode(name).length : 0;
  if (bytes < 1 || bytes > maxNameBytes || /[\u0000-\u001f\u007f-\u009f]/.test(name)) {
    throw new GeyserError(
      'invalid_argument',
      `a stream's name has ${bytes} bytes of UTF-8; 1 to ${maxNameBytes} without control characters are allowed`,
    );
  }
}

export function isName(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  try {
    checkName(value);
    return true;
  } catch {
    return false;
  }
}

export function isDescriptor(value: unknown): value is TextureDescriptor {
  if (typeof value !== 'object' || value === null) return false;
  const { width, height, format } = value as Record<string, unknown>;
  return isExtent(width) && isExtent(height) && isTextureFormat(format);
}

export function isExtent(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= maxExtent;
}

/** A whole number from 0 that a double holds exactly: frame numbers, counts. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** True when `value` is metadata within its limits. Bounded work for any value, cyclic ones too. */
export function isMetadata(value: unknown): value is Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const budget = { values: maxMetadataValues, characters: maxMetadataCharacters };
  return isValue(value, 0, budget);
}

function isValue(value: unknown, depth: number, budget: { values: number; characters: number }): boolean {
  if (--budget.values < 0 || depth > maxMetadataDepth) return false;
  switch (typeof value) {
    case 'boolean':
      return (budget.characters -= 5) >= 0;
    case 'number':
      return Number.isFinite(value) && (budget.characters -= 8) >= 0;
    case 'string':
      return (budget.characters -= value.length + 2) >= 0;
    case 'object':
      break;
    default:
      return false;
  }
  if (value === null) return (budget.characters -= 4) >= 0;
  if (Array.isArray(value)) {
    if (value.length > budget.values) return false;
    for (let i = 0; i < value.length; i++) if (!isValue(value[i], depth + 1, budget)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return false;
  for (const [key, member] of Object.entries(value)) {
    if ((budget.characters -= key.length + 4) < 0 || !isValue(member, depth + 1, budget)) return false;
  }
  return true;
}
