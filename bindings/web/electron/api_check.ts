// Never run: what Electron declares must fit what the helper asks for. `npm run check` compiles it.
import type { SharedTexture, SharedTextureImported, SharedTextureImportTextureInfo, WebFrameMain } from 'electron';
import type { SharedTextureReceiver, SharedTextureSender, TextureInfo } from '../src/electron/index.js';

declare const electron: SharedTexture;
declare const info: TextureInfo;
export const sender: SharedTextureSender<WebFrameMain, SharedTextureImported> = electron;
export const receiver: SharedTextureReceiver = electron;
export const taken: SharedTextureImportTextureInfo = info;
