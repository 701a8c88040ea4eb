// What the tests of native/ ask of a page, and what every page is watched for.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { launch } from '../support/browser.mjs';

const artifacts = new URL('../../artifacts/', import.meta.url);
/** Slow machines: nothing waits longer than it must. */
export const patience = 60_000;

export const openBrowser = () => launch();

/** A page that keeps what went wrong in it: `page.trouble` must stay empty where a test says so. */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  page.trouble = [];
  page.on('pageerror', (error) => page.trouble.push(`exception: ${error.message}`));
  page.on('crash', () => page.trouble.push('the page crashed'));
  page.on('console', (message) => {
    // The browser asks for an icon by itself; there is none.
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) page.trouble.push(`console: ${message.text()}`);
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

/** RGBA bytes of the picture of a live card, as its canvas has it. */
export async function cardPixels(page, name) {
  const { width, height, base64 } = await page.evaluate(
    ([stream, limit]) =>
      new Promise((resolve, reject) => {
        const own = globalThis.requestAnimationFrame;
        const timer = setTimeout(() => finish(reject, new Error(`nothing was drawn on ${stream}`)), limit);
        const finish = (settle, value) => {
          globalThis.requestAnimationFrame = own;
          clearTimeout(timer);
          settle(value);
        };
        // A WebGPU canvas can be read within the task that drew on it alone. The page asks for the next refresh in that task.
        globalThis.requestAnimationFrame = (callback) => {
          const canvas = document.querySelector(`.card[data-name="${CSS.escape(stream)}"] canvas`);
          if (canvas !== null && canvas.width > 0) {
            const copy = new OffscreenCanvas(canvas.width, canvas.height);
            const pen = copy.getContext('2d', { willReadFrequently: true });
            pen.drawImage(canvas, 0, 0);
            const { data } = pen.getImageData(0, 0, copy.width, copy.height);
            if (data.some((value) => value !== 0)) {
              let text = '';
              for (let i = 0; i < data.length; i += 32768) text += String.fromCharCode(...data.subarray(i, i + 32768));
              finish(resolve, { width: copy.width, height: copy.height, base64: btoa(text) });
            }
          }
          return own.call(globalThis, callback);
        };
      }),
    [name, patience],
  );
  return { width, height, bytes: Buffer.from(base64, 'base64') };
}
