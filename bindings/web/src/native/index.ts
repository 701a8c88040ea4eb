// geyser-web/native: streams of native processes by `geyser serve`.
export type { Spread } from './latency.js';
export type { LinkState, ReconnectOptions } from './link.js';
export type { ListedStream, RawFormat, Transport as NativeTransport } from './protocol.js';
export { NativePublisher, type NativePublisherOptions } from './publisher.js';
export { connect, type ConnectOptions, NativeServer } from './server.js';
export { type NativeMeasurements, NativeSubscriber, type NativeSubscriberOptions } from './subscriber.js';
export { decodable } from './unpacker.js';
export { GeyserError, type ErrorCode } from '../errors.js';
export type { ReadFrame } from '../frame.js';
export { now } from '../descriptor.js';
