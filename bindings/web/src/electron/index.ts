// geyser-web/electron: native textures in Electron, without a copy through the CPU. Never run in Electron.
export { TextureForwarder, type ForwardOptions, type ForwardStatistics, type ImportedTexture, type NativeReader, type SharedTextureSender } from './main.js';
export { receive, type ReceivedTexture, type SharedTextureReceiver } from './renderer.js';
export { textureInfo, type NativeFrame, type NativePlane, type PixelFormat, type SentFrame, type TextureInfo } from './textures.js';
export { GeyserError } from '../errors.js';
