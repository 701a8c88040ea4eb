// Publishing a MediaStreamTrack: a camera, a captured screen or canvas.
import { GeyserError } from './errors.js';
import type { Publisher, PublishOptions } from './stream.js';

interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}
type TrackProcessorType = new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => TrackProcessor;

export interface PublishTrackOptions extends Pick<PublishOptions, 'metadata' | 'memory' | 'timeout'> {
  /** Ends the publishing; the track and the publisher live on. */
  readonly signal?: AbortSignal;
}

/**
 * Publishes every frame of a video track until it ends, `signal` aborts or the publisher is closed; gives how many. A `queue` that is full drops
 * the frame. Chromium has MediaStreamTrackProcessor on pages and in workers, other browsers in workers or not at all.
 * Rejects with unsupported_feature, invalid_argument (no video track), and as publish() other than by timed_out.
 */
export async function publishTrack(publisher: Publisher, track: MediaStreamTrack, options: PublishTrackOptions = {}): Promise<number> {
  const { signal, ...rest } = options;
  const type = (globalThis as { MediaStreamTrackProcessor?: TrackProcessorType }).MediaStreamTrackProcessor;
  if (type === undefined) {
    throw new GeyserError('unsupported_feature', 'this browser has no MediaStreamTrackProcessor here; draw the track into a canvas, or transfer it to a worker');
  }
  if (track.kind !== 'video') throw new GeyserError('invalid_argument', `the track is of kind ${track.kind}; video is allowed`);
  const reader = new type({ track, maxBufferSize: 2 }).readable.getReader();
  const stop = (): void => void reader.cancel().catch(() => undefined);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted === true) stop();
  let count = 0;
  try {
    for (;;) {
      const { value: frame, done } = await reader.read();
      if (done || publisher.closed) {
        frame?.close();
        return count;
      }
      try {
        await publisher.publish(frame, rest);
        count++;
      } catch (error) {
        if (publisher.closed) return count;
        if (!(error instanceof GeyserError) || error.code !== 'timed_out') throw error;
      } finally {
        frame.close();
      }
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
  }
}
