// WebGPU's flag namespaces, which TypeScript's own DOM types leave out.
declare const GPUTextureUsage: { readonly COPY_SRC: 0x01; readonly COPY_DST: 0x02; readonly TEXTURE_BINDING: 0x04; readonly STORAGE_BINDING: 0x08; readonly RENDER_ATTACHMENT: 0x10 };
declare const GPUBufferUsage: { readonly MAP_READ: 0x01; readonly MAP_WRITE: 0x02; readonly COPY_SRC: 0x04; readonly COPY_DST: 0x08; readonly UNIFORM: 0x40; readonly STORAGE: 0x80 };
declare const GPUMapMode: { readonly READ: 0x01; readonly WRITE: 0x02 };
