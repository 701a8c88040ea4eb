// Names of formats, as native processes write them.
import { type TextureFormat, textureFormats } from './descriptor.js';

/** The library's name of a format ("rgba8_srgb") as this package writes it; `undefined` for formats that it does not know. */
export function nativeFormat(name: string): TextureFormat {
  const plain = name.replace(/(\d)_srgb$/, '$1_unorm_srgb').replace(/[_-]/g, '');
  return textureFormats.find((format) => format.replace(/-/g, '') === plain) ?? 'undefined';
}
