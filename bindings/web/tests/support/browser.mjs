// The browser: Debian's Chromium, or what GEYSER_CHROMIUM names, with WebGPU, WebGL and video frames on SwiftShader.
import { chromium } from 'playwright-core';

export const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  // Without these three a video frame cannot be imported: the GPU process has no backing that WebGPU and WebGL share.
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
];

export function launch(more = []) {
  return chromium.launch({ executablePath: process.env.GEYSER_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: [...flags, ...more] });
}
