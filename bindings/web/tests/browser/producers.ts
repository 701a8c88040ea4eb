// Producers: a random picture in every kind of source.
import type { FrameSource } from '../../src/index.js';
import { pattern } from './pattern.js';

let device: Promise<GPUDevice> | null = null;
export const gpuErrors: string[] = [];

/** The context's one device. */
export function gpu(): Promise<GPUDevice> {
  return (device ??= (async () => {
    const adapter = await navigator.gpu.requestAdapter();
    if (adapter === null) throw new Error('no WebGPU adapter');
    const made = await adapter.requestDevice();
    made.onuncapturederror = (event) => gpuErrors.push(event.error.message);
    return made;
  })());
}

const glProgram = `#version 300 es
precision highp float; uniform highp sampler2D t; uniform int h; out vec4 c;
void main() { ivec2 p = ivec2(gl_FragCoord.xy); c = texelFetch(t, ivec2(p.x, h - 1 - p.y), 0); }`;

export function link(gl: WebGL2RenderingContext, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  const parts: [number, string][] = [
    [gl.VERTEX_SHADER, '#version 300 es\nvoid main() { gl_Position = vec4(vec2[](vec2(-1, -1), vec2(3, -1), vec2(-1, 3))[gl_VertexID], 0, 1); }'],
    [gl.FRAGMENT_SHADER, fragment],
  ];
  for (const [type, text] of parts) {
    const shader = gl.createShader(type) as WebGLShader;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (gl.getProgramParameter(program, gl.LINK_STATUS) !== true) throw new Error(gl.getProgramInfoLog(program) ?? 'link');
  return program;
}

type Paint = (seed: number, width: number, height: number) => Promise<{ source: FrameSource; done: () => void }>;

// One canvas a kind, as a program has: contexts are few.
let webgpu: { canvas: OffscreenCanvas; context: GPUCanvasContext } | null = null;
let webgl: { canvas: OffscreenCanvas; gl: WebGL2RenderingContext; program: WebGLProgram } | null = null;
let flat: OffscreenCanvas | null = null;
const keep = (): void => undefined;

export const producers: Record<string, Paint> = {
  async webgpu(seed, width, height) {
    const d = await gpu();
    if (webgpu === null) {
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('webgpu') as GPUCanvasContext;
      context.configure({ device: d, format: 'rgba8unorm', usage: GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT });
      webgpu = { canvas, context };
    }
    webgpu.canvas.width = width;
    webgpu.canvas.height = height;
    d.queue.writeTexture({ texture: webgpu.context.getCurrentTexture() }, pattern(seed, width, height), { bytesPerRow: width * 4 }, [width, height]);
    return { source: webgpu.context, done: keep };
  },
  async texture(seed, width, height) {
    const d = await gpu();
    const texture = d.createTexture({ size: [width, height], format: 'rgba8unorm', usage: GPUTextureUsage.COPY_DST | GPUTextureUsage.COPY_SRC });
    d.queue.writeTexture({ texture }, pattern(seed, width, height), { bytesPerRow: width * 4 }, [width, height]);
    return { source: { device: d, texture }, done: () => texture.destroy() };
  },
  async webgl(seed, width, height) {
    if (webgl === null) {
      const canvas = new OffscreenCanvas(width, height);
      const gl = canvas.getContext('webgl2', { alpha: true, antialias: false }) as WebGL2RenderingContext;
      webgl = { canvas, gl, program: link(gl, glProgram) };
    }
    const { canvas, gl, program } = webgl;
    canvas.width = width;
    canvas.height = height;
    gl.viewport(0, 0, width, height);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, width, height);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(pattern(seed, width, height).buffer));
    gl.useProgram(program);
    gl.uniform1i(gl.getUniformLocation(program, 'h'), height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    gl.deleteTexture(texture);
    return { source: gl, done: keep };
  },
  async canvas2d(seed, width, height) {
    flat ??= new OffscreenCanvas(width, height);
    flat.width = width;
    flat.height = height;
    const context = flat.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.putImageData(new ImageData(pattern(seed, width, height), width), 0, 0);
    return { source: context, done: keep };
  },
  async canvas(seed, width, height) {
    const { source } = await (producers.canvas2d as Paint)(seed, width, height);
    return { source: (source as OffscreenCanvasRenderingContext2D).canvas, done: keep };
  },
  async videoframe(seed, width, height) {
    const frame = new VideoFrame(pattern(seed, width, height), { format: 'RGBX', codedWidth: width, codedHeight: height, timestamp: 1234 });
    return { source: frame, done: () => frame.close() };
  },
  async bitmap(seed, width, height) {
    const bitmap = await createImageBitmap(new ImageData(pattern(seed, width, height), width));
    return { source: bitmap, done: () => bitmap.close() };
  },
  async nv12(_seed, width, height) {
    const bytes = new Uint8Array(width * height * 1.5).fill(128);
    const frame = new VideoFrame(bytes, { format: 'NV12', codedWidth: width, codedHeight: height, timestamp: 0 });
    return { source: frame, done: () => frame.close() };
  },
  async imagedata(seed, width, height) {
    return { source: new ImageData(pattern(seed, width, height), width), done: keep };
  },
};
