// What travels between `geyser serve` and this client (docs/web.md, version 1): JSON texts and binary frames, every field checked.
import { isName, maxExtent, maxNameBytes } from '../descriptor.js';
import { type ErrorCode, GeyserError, isErrorCode } from '../errors.js';

export const subprotocol = 'geyser.1';
export const headerBytes = 64;
/** Nothing larger is allocated because a server says so. */
export const maxPayloadBytes = 256 * 1024 * 1024;
export const maxTextCharacters = 1024 * 1024;
const maxStreams = 4096;
const maxDescriptionBytes = 64 * 1024;
const maxId = 0xffffffff;
const magic = 0x52535947; // 'GYSR', little endian

export type FrameKind = 'raw' | 'key' | 'delta';
export type RawFormat = 'rgba8unorm' | 'bgra8unorm';
export type Transport = 'raw' | 'video';

/** A binary message. `payload` is a view into the message that was received. Times are microseconds of the server's clock. */
export interface WireFrame {
  kind: FrameKind;
  id: number;
  number: number;
  /** The publisher's own time of the frame. */
  timestamp: number;
  publishedAt: number;
  sentAt: number;
  width: number;
  height: number;
  format: RawFormat;
  payload: Uint8Array;
}

export interface ListedStream {
  name: string;
  width: number;
  height: number;
  /** As the library names it: "rgba8unorm", "nv12", ... */
  format: string;
  fps: number;
  readers: number;
  alive: boolean;
}

export type ServerMessage =
  | { type: 'hello'; protocol: number; server: string; encoders: string[]; publish: boolean }
  | { type: 'streams'; streams: ListedStream[] }
  | {
      type: 'subscribed';
      id: number;
      stream: string;
      width: number;
      height: number;
      format: string;
      transport: Transport;
      codec?: string;
      description?: Uint8Array;
    }
  | { type: 'stats'; id: number; published: number; sent: number; skipped: number }
  | { type: 'ended'; id: number; reason: string }
  | { type: 'published'; id: number; name: string }
  | { type: 'error'; id?: number; code: ErrorCode; message: string }
  | { type: 'pong'; time: number; serverTime: number };

function wrong(what: string): GeyserError {
  return new GeyserError("protocol_error", `The server sent ${what}; use geyser serve and geyser-web of one release.`);
}

/** What a message says, short enough for a sentence and without anything that could break a log line. */
function shown(value: unknown): string {
  let text: string;
  try {
    text = typeof value === 'string' ? JSON.stringify(value) : String(JSON.stringify(value) ?? typeof value);
  } catch {
    text = typeof value;
  }
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}

class Fields {
  private readonly type: string;
  private readonly fields: Record<string, unknown>;

  constructor(type: string, fields: Record<string, unknown>) {
    this.type = type;
    this.fields = fields;
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined && this.fields[name] !== null;
  }

  text(name: string, most: number): string {
    const value = this.fields[name];
    if (typeof value !== 'string' || value.length > most)
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a text of at most ${most} characters`);
    return value;
  }

  name(name: string): string {
    const value = this.text(name, maxNameBytes);
    if (!isName(value)) throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, which is no name of a stream`);
    return value;
  }

  whole(name: string, least: number, most: number): number {
    const value = this.fields[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least || value > most)
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a whole number from ${least} to ${most}`);
    return value;
  }

  number(name: string): number {
    const value = this.fields[name];
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a number`);
    return value;
  }

  count(name: string): number {
    return this.whole(name, 0, Number.MAX_SAFE_INTEGER);
  }

  id(): number {
    return this.whole('id', 0, maxId);
  }

  side(name: string): number {
    return this.whole(name, 1, maxExtent);
  }

  list(name: string, most: number): unknown[] {
    const value = this.fields[name];
    if (!Array.isArray(value) || value.length > most)
      throw wrong(`a ${this.type} message whose ${name} is ${shown(value)}, not a list of at most ${most}`);
    return value;
  }
}

function fieldsOf(type: string, value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(`${shown(value)} where a ${type} was due`);
  return new Fields(type, value as Record<string, unknown>);
}

function listedStream(value: unknown): ListedStream {
  const fields = fieldsOf('stream', value);
  const alive = (value as { alive?: unknown }).alive;
  return {
    name: fields.name('name'),
    width: fields.whole('width', 0, 0xffffffff), // streams wider than a browser can show are listed, too
    height: fields.whole('height', 0, 0xffffffff),
    format: fields.text('format', 64),
    fps: fields.has('fps') ? Math.max(0, fields.number('fps')) : 0,
    readers: fields.has('readers') ? fields.count('readers') : 0,
    alive: alive !== false,
  };
}

function bytesOfBase64(text: string): Uint8Array {
  let decoded: string;
  try {
    decoded = atob(text);
  } catch {
    throw wrong('a decoder description that is no base64');
  }
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}

/** Reads a text message. Throws GeyserError protocol_error, in a sentence that says what was received. */
export function parseMessage(text: string): ServerMessage {
  if (text.length > maxTextCharacters)
    throw wrong(`a text of ${text.length} characters, of which ${maxTextCharacters} are the most`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong(`a text that is no JSON: ${shown(text)}`);
  }
  const outer = fieldsOf('message', value);
  const type = outer.text('type', 64);
  const fields = fieldsOf(type, value);
  switch (type) {
    case 'hello': {
      const protocol = fields.count('protocol');
      if (protocol !== 1) throw wrong(`protocol ${protocol}, and this client speaks protocol 1`);
      const encoders = fields.list('encoders', 64).map((codec) => {
        if (typeof codec !== "string" || codec.length > 64) throw wrong(`an encoder named ${shown(codec)}`);
        return codec;
      });
      const publish = (value as { publish?: unknown }).publish !== false;
      return { type, protocol, server: fields.text('server', 256), encoders, publish };
    }
    case 'streams':
      return { type, streams: fields.list('streams', maxStreams).map(listedStream) };
    case 'subscribed': {
      const transport = fields.text('transport', 16);
      if (transport !== "raw" && transport !== "video") throw wrong(`a transport named ${shown(transport)}`);
      const codec = fields.has('codec') ? fields.text('codec', 64) : undefined;
      if (transport === 'video' && codec === undefined) throw wrong('a video subscription without a codec');
      return {
        type,
        id: fields.id(),
        stream: fields.name('stream'),
        width: fields.side('width'),
        height: fields.side('height'),
        format: fields.text('format', 64),
        transport,
        ...(codec === undefined ? {} : { codec }),
        ...(fields.has('description') ? { description: bytesOfBase64(fields.text('description', maxDescriptionBytes)) } : {}),
      };
    }
    case 'stats':
      return { type, id: fields.id(), published: fields.count('published'), sent: fields.count('sent'), skipped: fields.count('skipped') };
    case 'ended':
      return { type, id: fields.id(), reason: fields.text('reason', 4096) };
    case 'published':
      return { type, id: fields.id(), name: fields.name('name') };
    case 'error': {
      const code = fields.text('code', 64);
      return {
        type,
        ...(fields.has('id') ? { id: fields.id() } : {}),
        code: isErrorCode(code) ? code : 'internal', // a later release may have more of them
        message: fields.text('message', 4096),
      };
    }
    case 'pong':
      return { type, time: fields.number('time'), serverTime: fields.number('serverTime') };
    default:
      throw wrong(`a message of the unknown type ${shown(type)}`);
  }
}

function small(value: bigint, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) throw wrong(`a frame whose ${what} is ${value}, which is beyond what a browser can count`);
  return number;
}

/** Reads a binary message; `payload` is a view, not a copy. Throws GeyserError protocol_error. */
export function parseFrame(message: ArrayBuffer): WireFrame {
  if (message.byteLength < headerBytes)
    throw wrong(`a binary message of ${message.byteLength} bytes, and a frame's header alone has ${headerBytes}`);
  const view = new DataView(message);
  if (view.getUint32(0, true) !== magic) throw wrong(`a binary message that begins with 0x${view.getUint32(0, true).toString(16)}, not with GYSR`);
  if (view.getUint16(4, true) !== headerBytes) throw wrong(`a frame with a header of ${view.getUint16(4, true)} bytes, not ${headerBytes}`);
  const kinds: (FrameKind | undefined)[] = [undefined, 'raw', 'key', 'delta'];
  const kind = kinds[view.getUint8(6)];
  if (kind === undefined) throw wrong(`a frame of kind ${view.getUint8(6)}, of which there are 1 to 3`);
  const payloadBytes = view.getUint32(12, true);
  if (payloadBytes > maxPayloadBytes || payloadBytes !== message.byteLength - headerBytes)
    throw wrong(`a frame that announces ${payloadBytes} bytes and has ${message.byteLength - headerBytes}`);
  const width = view.getUint32(48, true);
  const height = view.getUint32(52, true);
  if (width < 1 || height < 1 || width > maxExtent || height > maxExtent)
    throw wrong(`a frame of ${width}x${height} texels, of which ${maxExtent}x${maxExtent} are the most`);
  const formats: (RawFormat | undefined)[] = ['rgba8unorm', 'bgra8unorm'];
  const format = formats[view.getUint32(56, true)];
  if (format === undefined) throw wrong(`a frame of format ${view.getUint32(56, true)}, of which there are 0 and 1`);
  if (kind === 'raw' && payloadBytes !== width * height * 4)
    throw wrong(`a raw frame of ${width}x${height} texels with ${payloadBytes} bytes, not ${width * height * 4}`);
  if (kind !== 'raw' && payloadBytes === 0) throw wrong('a video frame without bytes');
  return {
    kind,
    id: view.getUint32(8, true),
    number: small(view.getBigUint64(16, true), 'number'),
    timestamp: small(view.getBigInt64(24, true), 'timestamp'),
    publishedAt: small(view.getBigInt64(32, true), 'time of publishing'),
    sentAt: small(view.getBigInt64(40, true), 'time of sending'),
    width,
    height,
    format,
    payload: new Uint8Array(message, headerBytes),
  };
}

/** A raw frame for the server. `pixels` are rows without gaps. */
export function writeRawFrame(
  id: number,
  number: number,
  timestamp: number,
  width: number,
  height: number,
  format: RawFormat,
  pixels: Uint8Array,
): ArrayBuffer {
  const message = new ArrayBuffer(headerBytes + pixels.byteLength);
  const view = new DataView(message);
  view.setUint32(0, magic, true);
  view.setUint16(4, headerBytes, true);
  view.setUint8(6, 1);
  view.setUint32(8, id, true);
  view.setUint32(12, pixels.byteLength, true);
  view.setBigUint64(16, BigInt(number), true);
  view.setBigInt64(24, BigInt(Math.round(timestamp)), true);
  view.setUint32(48, width, true);
  view.setUint32(52, height, true);
  view.setUint32(56, format === 'rgba8unorm' ? 0 : 1, true);
  new Uint8Array(message, headerBytes).set(pixels);
  return message;
}
