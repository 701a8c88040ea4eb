// Headless Chromium with software WebGPU, once for each file of tests, and what every page of the tests is watched for.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--use-vulkan=swiftshader',
  '--use-angle=swiftshader',
];
const artifacts = new URL('../../artifacts/', import.meta.url);
/** Slow machines: nothing waits longer than it must. */
export const patience = 60_000;

export async function openBrowser() {
  return chromium.launch({ executablePath: process.env.GEYSER_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags, timeout: patience });
}

/** A page that keeps what went wrong in it: `page.trouble` must stay empty where a test says so. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.trouble = [];
  page.on('pageerror', (error) => page.trouble.push(`exception: ${error.message}`));
  page.on('crash', () => page.trouble.push('the page crashed'));
  page.on('console', (message) => {
    if (message.type() === 'error') page.trouble.push(`console: ${message.text()}`);
  });
  await page.goto(url);
  return page;
}

export async function screenshot(page, name) {
  await mkdir(artifacts, { recursive: true });
  await page.screenshot({ path: fileURLToPath(new URL(`native-${name}.png`, artifacts)), fullPage: true });
}

/** Asks again until the answer is true; fails with `what` when it never is. */
export async function eventually(question, what, limit = patience) {
  const until = Date.now() + limit;
  let answer;
  while (Date.now() < until) {
    answer = await question();
    if (answer) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`never: ${what} (last answer: ${JSON.stringify(answer)})`);
}

/** RGBA bytes of the picture of a stream's card, as the canvas has it. */
export async function cardPixels(page, name) {
  const { width, height, base64 } = await page.evaluate(async (stream) => {
    const canvas = document.querySelector(`.card[data-name="${stream}"] canvas`);
    // Within the same task as a drawing, or a WebGPU canvas is empty: a bitmap of what is on the screen has it always.
    const bitmap = await createImageBitmap(canvas);
    const copy = new OffscreenCanvas(bitmap.width, bitmap.height);
    const pen = copy.getContext('2d');
    pen.drawImage(bitmap, 0, 0);
    const { data } = pen.getImageData(0, 0, copy.width, copy.height);
    let text = '';
    for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
    return { width: copy.width, height: copy.height, base64: btoa(text) };
  }, name);
  return { width, height, bytes: Buffer.from(base64, 'base64') };
}
