// The renderer's half: frames that the main process sent, as the package's Subscriber. Never run in Electron.
import { checkName, isCount, isExtent, now, type FrameInfo, type TransferReport } from '../descriptor.js';
import { GeyserError } from '../errors.js';
import type { StreamInfo, Subscriber, SubscriberOptions } from '../stream.js';
import { checkedSubscriberOptions, SubscriberCore } from '../subscriber.js';
import { nativeFormat } from '../formats.js';
import type { SentFrame } from './textures.js';

/** What is used of Electron's SharedTextureImported in a renderer. */
export interface ReceivedTexture {
  getVideoFrame(): VideoFrame;
  release(): void;
}

/** Electron's `sharedTexture` in a renderer (in a preload script where contexts are isolated). */
export interface SharedTextureReceiver {
  setSharedTextureReceiver(callback: (received: { importedSharedTexture: ReceivedTexture }, ...extra: unknown[]) => Promise<void>): void;
}

/** As Electron documents it; what a use adds, transferOf() says. */
const imported: TransferReport = { transfer: 'zero-copy', why: "Electron imported the publisher's own memory by its handle." };

function isSent(value: unknown): value is SentFrame {
  if (typeof value !== 'object' || value === null) return false;
  const it = value as Record<string, unknown>;
  const numbers = [it['number'], it['generation']].every(isCount) && Number.isFinite(it['timestamp']);
  return numbers && isExtent(it['width']) && isExtent(it['height']) && typeof it['format'] === 'string' && typeof it['stream'] === 'string';
}

/**
 * Receives a stream that a TextureForwarder sends to this renderer. One for each renderer: Electron knows one receiver. Closing a frame
 * closes its VideoFrame and releases Electron's reference, so that the publisher may use the texture again.
 */
export function receive(api: SharedTextureReceiver, stream: string, options: SubscriberOptions = {}): Subscriber {
  checkName(stream);
  const about: StreamInfo = { name: stream, uuid: '', texture: null, pacing: 'latest', application: '', readers: 1 };
  const core = new SubscriberCore(about, checkedSubscriberOptions(options), 4, () => undefined);
  core.attach(about);
  api.setSharedTextureReceiver(async ({ importedSharedTexture: texture }, ...extra) => {
    const [sent] = extra;
    if (core.closed || !isSent(sent) || sent.stream !== stream) {
      if (!core.closed) core.malformed++;
      texture.release();
      return;
    }
    let frame: VideoFrame;
    try {
      frame = texture.getVideoFrame();
    } catch (error) {
      texture.release();
      throw new GeyserError('unsupported_feature', `Electron gives no VideoFrame of the texture: ${String(error)}`);
    }
    const { number, generation, timestamp, width, height } = sent;
    const format = nativeFormat(sent.format);
    const inPlace = sent.zeroCopyImport && format === 'nv12';
    const info: Omit<FrameInfo, 'skipped'> = { number, generation, timestamp, width, height, format, published: now(), metadata: {} };
    core.update({ ...about, texture: { width, height, format } });
    core.deliver({
      info,
      payload: { kind: 'video-frame', frame, memory: inPlace ? 'multi-planar' : 'gpu' },
      transfer: imported,
      released: () => texture.release(),
    });
  });
  return core;
}
