// What geyser-web.js, the bundle, gives.
export * from '../../../bindings/web/src/native/index.js';
