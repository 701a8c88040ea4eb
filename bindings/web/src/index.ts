// The package's door.
export * from './descriptor.js';
export * from './errors.js';
export * from './frame.js';
export * from './stream.js';
export { maxHeldFrames } from './subscriber.js';
