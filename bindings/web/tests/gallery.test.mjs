// The example page: every cell shows what its row publishes, and a picture of it is kept in artifacts/.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { until } from './support/agents.mjs';
import { launch } from './support/browser.mjs';
import { serve } from './support/server.mjs';

let server;
let browser;
before(async () => {
  server = await serve();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

it('shows five producers by four consumers each', async () => {
  const page = await browser.newPage({ viewport: { width: 980, height: 900 } });
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') trouble.push(message.text());
  });
  await page.goto(`${server.url}examples/gallery/index.html`);
  const reports = () => page.evaluate(() => globalThis.gallery?.reports() ?? []);
  await until(async () => {
    const all = await reports();
    return all.length === 20 && all.every(({ number }) => number >= 5);
  }, 'five frames in every cell', 60000);
  const kinds = Object.groupBy?.(await reports(), ({ transfer }) => transfer) ?? {};
  for (const { stream, transfer } of await reports()) assert.equal(transfer, /^Web/.test(stream) ? 'gpu' : 'cpu', stream);
  assert.ok(!('zero-copy' in kinds));

  // What the screenshot shows: in every cell, the colours of its row's left-hand canvas. A loaded machine shows a canvas later than it is drawn.
  let wrong = [];
  await until(async () => {
    wrong = await compareCells(page);
    return wrong.length === 0;
  }, () => `every cell shows its row's picture: ${wrong.join('; ')}`, 60000);
  assert.deepEqual(trouble, []);
});

async function compareCells(page) {
  const picture = await page.screenshot({ path: fileURLToPath(new URL('../artifacts/gallery.png', import.meta.url)), fullPage: true });
  const boxes = await page.evaluate(() => [...document.querySelectorAll('canvas')].map((canvas) => {
    const { x, y, width, height } = canvas.getBoundingClientRect();
    return [x + scrollX, y + scrollY, width, height];
  }));
  assert.equal(boxes.length, 25);
  const colours = await page.evaluate(async ([bytes, all]) => {
    const bitmap = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], { type: 'image/png' }));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return all.map(([x, y, width, height]) => {
      const { data } = context.getImageData(Math.round(x), Math.round(y), Math.round(width), Math.round(height));
      const sum = [0, 0, 0];
      let disc = 0;
      for (let i = 0; i < data.length; i += 4) {
        for (let c = 0; c < 3; c++) sum[c] += data[i + c];
        if (data[i] > 150 && data[i] + data[i + 1] > 300) disc++;
      }
      return { mean: sum.map((s) => (s * 4) / data.length), disc };
    });
  }, [picture.toString('base64'), boxes]);
  const wrong = [];
  for (let row = 0; row < 5; row++) {
    const [source, ...shown] = colours.slice(row * 5, row * 5 + 5);
    for (const [column, { mean, disc }] of shown.entries()) {
      // The discs move while the cells are drawn, so that only their size and the colours on the whole are the same. Colours of I420 may be
      // converted by slightly different matrices.
      const far = mean.some((value, c) => Math.abs(value - source.mean[c]) >= 12);
      if (far || Math.abs(disc - source.disc) >= 250 || disc <= 500) {
        wrong.push(`row ${row}, column ${column}: ${mean.map(Math.round)} and a disc of ${disc} beside ${source.mean.map(Math.round)} and ${source.disc}`);
      }
    }
  }
  return wrong;
}
