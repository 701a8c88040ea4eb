// The package's door.
export * from './descriptor.js';
export * from './errors.js';
export * from './frame.js';
export * from './stream.js';
export { maxHeldFrames } from './subscriber.js';
export { maxReaders, maxRing } from './page/publisher.js';
export type { StartOptions } from './page/transport.js';
export type { ChildEndpoint, ParentEndpoint } from './page/hub.js';
export { connect, directory, PageTransport, pageTransport, publish, start, subscribe } from './page/transport.js';
export type { PublishTrackOptions } from './track.js';
export { publishTrack } from './track.js';
