// Everything that contexts say to each other, and the checks of what another one said. A message that fails its check has no effect.
import type { Metadata, TextureDescriptor } from '../descriptor.js';
import { isCount, isDescriptor, isMetadata, isName } from '../descriptor.js';
import type { ErrorCode } from '../errors.js';
import { isErrorCode } from '../errors.js';
import type { FrameMemory } from '../frame.js';
import { isImageBitmap, isVideoFrame } from '../source.js';
import type { Pacing, StreamInfo } from '../stream.js';
import { maxHeldFrames } from '../subscriber.js';

/** Both sides must say the same; a context with another version is not understood, and counted. */
export const protocol = 1;

export const lockOfContext = (hub: string): string => `geyser-web/${protocol}/context/${hub}`;
export const lockOfStream = (name: string): string => `${streamLockPrefix}${name}`;
export const streamLockPrefix = `geyser-web/${protocol}/stream/`;
export const channelName = `geyser-web/${protocol}`;

const maxWords = 512;

// What goes to all contexts, over the BroadcastChannel.
export type Broadcast =
  | { readonly type: 'hub'; readonly hub: string }
  | { readonly type: 'query' }
  | { readonly type: 'announce'; readonly hub: string; readonly stream: StreamInfo }
  | { readonly type: 'gone'; readonly name: string; readonly uuid: string };

// What asks a neighbour for a link; a MessagePort comes with it.
export interface Hello {
  readonly geyserWeb: typeof protocol;
  readonly type: 'hello';
  readonly hub: string;
}

// What goes over links between neighbours. A MessagePort comes with `connect`.
export type LinkMessage =
  | { readonly type: 'linked'; readonly hub: string }
  | { readonly type: 'reach'; readonly hubs: readonly string[] }
  | { readonly type: 'lost'; readonly hubs: readonly string[] }
  | { readonly type: 'connect'; readonly to: string; readonly request: ConnectRequest };

export interface ConnectRequest {
  readonly hub: string;
  readonly stream: string; // the uuid
  readonly reader: string;
  readonly application: string;
  readonly maxHeld: number;
}

// What a publisher says to one reader, over its port.
export type ToReader =
  | { readonly type: 'attached'; readonly stream: StreamInfo }
  | { readonly type: 'probe'; readonly sample: unknown }
  | { readonly type: 'refused'; readonly code: ErrorCode; readonly message: string }
  | FrameMessage
  | { readonly type: 'ended'; readonly reason: string };

export interface FrameMessage extends TextureDescriptor {
  readonly type: 'frame';
  readonly number: number;
  readonly generation: number;
  readonly published: number;
  readonly timestamp: number;
  readonly metadata: Metadata;
  readonly memory: FrameMemory;
  readonly why: string;
  readonly image: VideoFrame | ImageBitmap;
}

// What a reader says to its publisher.
export type ToPublisher =
  | { readonly type: 'ready'; readonly video: boolean }
  | { readonly type: 'taken'; readonly number: number }
  | { readonly type: 'released'; readonly number: number }
  | { readonly type: 'leave' };

type Loose = { readonly [key: string]: unknown };

function loose(value: unknown): Loose | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : null;
}

export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value);
}

function isWords(value: unknown): value is string {
  return typeof value === 'string' && value.length <= maxWords;
}

function isPacing(value: unknown): value is Pacing {
  return value === 'latest' || value === 'queue';
}

function isMemory(value: unknown): value is FrameMemory {
  return value === 'unknown' || value === 'cpu' || value === 'gpu' || value === 'multi-planar';
}

/** A copy with the known fields only, or null. */
export function readStreamInfo(value: unknown): StreamInfo | null {
  const v = loose(value);
  if (v === null || !isName(v.name) || !isUuid(v.uuid) || !isPacing(v.pacing) || !isWords(v.application) || !isCount(v.readers)) return null;
  const texture = v.texture === null ? null : isDescriptor(v.texture) ? { width: v.texture.width, height: v.texture.height, format: v.texture.format } : undefined;
  if (texture === undefined) return null;
  return { name: v.name, uuid: v.uuid, texture, pacing: v.pacing, application: v.application, readers: v.readers };
}

export function readBroadcast(value: unknown): Broadcast | null {
  const v = loose(value);
  if (v?.type === 'query') return { type: 'query' };
  if (v?.type === 'hub' && isUuid(v.hub)) return { type: 'hub', hub: v.hub };
  if (v?.type === 'gone' && isName(v.name) && isUuid(v.uuid)) return { type: 'gone', name: v.name, uuid: v.uuid };
  if (v?.type === 'announce' && isUuid(v.hub)) {
    const stream = readStreamInfo(v.stream);
    if (stream !== null) return { type: 'announce', hub: v.hub, stream };
  }
  return null;
}

/** True for messages that are this package's own, well-formed or not: programs' messages pass the same endpoints. */
export function isOurs(value: unknown): boolean {
  const v = loose(value);
  return v !== null && 'geyserWeb' in v;
}

export function readHello(value: unknown): Hello | null {
  const v = loose(value);
  return v?.geyserWeb === protocol && v.type === 'hello' && isUuid(v.hub) ? { geyserWeb: protocol, type: 'hello', hub: v.hub } : null;
}

export const maxHubs = 4096;

export function readLinkMessage(value: unknown): LinkMessage | null {
  const v = loose(value);
  if (v === null) return null;
  if (v.type === 'linked' && isUuid(v.hub)) return { type: 'linked', hub: v.hub };
  if ((v.type === 'reach' || v.type === 'lost') && Array.isArray(v.hubs) && v.hubs.length <= maxHubs && v.hubs.every(isUuid)) {
    return { type: v.type, hubs: v.hubs };
  }
  if (v.type === 'connect' && isUuid(v.to)) {
    const r = loose(v.request);
    const held = r?.maxHeld;
    if (r !== null && isUuid(r.hub) && isUuid(r.stream) && isUuid(r.reader) && isWords(r.application) && isCount(held) && held >= 1 && held <= maxHeldFrames) {
      return { type: 'connect', to: v.to, request: { hub: r.hub, stream: r.stream, reader: r.reader, application: r.application, maxHeld: held } };
    }
  }
  return null;
}

export function readToPublisher(value: unknown): ToPublisher | null {
  const v = loose(value);
  if (v?.type === 'leave') return { type: 'leave' };
  if (v?.type === 'ready' && typeof v.video === 'boolean') return { type: 'ready', video: v.video };
  if ((v?.type === 'taken' || v?.type === 'released') && isCount(v.number)) return { type: v.type, number: v.number };
  return null;
}

export function readToReader(value: unknown): ToReader | null {
  const v = loose(value);
  if (v === null) return null;
  switch (v.type) {
    case 'attached': {
      const stream = readStreamInfo(v.stream);
      return stream === null ? null : { type: 'attached', stream };
    }
    case 'probe':
      return { type: 'probe', sample: v.sample };
    case 'refused':
      return isErrorCode(v.code) && isWords(v.message) ? { type: 'refused', code: v.code, message: v.message } : null;
    case 'ended':
      return isWords(v.reason) ? { type: 'ended', reason: v.reason } : null;
    case 'frame':
      return readFrame(v);
    default:
      return null;
  }
}

function readFrame(v: Loose): FrameMessage | null {
  const { number, generation, published, timestamp, metadata, memory, why, image } = v;
  if (!isCount(number) || number < 1 || !isCount(generation) || generation < 1 || !isCount(published) || !Number.isSafeInteger(timestamp)) return null;
  if (!isDescriptor(v) || !isMetadata(metadata) || !isMemory(memory) || !isWords(why)) return null;
  const { width, height, format } = v;
  if (isVideoFrame(image)) {
    if (image.displayWidth !== width || image.displayHeight !== height) return null;
  } else if (!isImageBitmap(image) || image.width !== width || image.height !== height) return null;
  return { type: 'frame', number, generation, published, timestamp: timestamp as number, metadata, memory, why, width, height, format, image };
}

/** Frees pictures in a message that is not going to be used, two levels deep. */
export function closeImages(value: unknown, depth = 0): void {
  if (isVideoFrame(value) || isImageBitmap(value)) value.close();
  else if (depth < 2 && typeof value === 'object' && value !== null) {
    for (const member of Object.values(value).slice(0, 64)) closeImages(member, depth + 1);
  }
}
