// Every producer to every consumer over every route: random pixels, poisoned destinations, compared texel by texel.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import { open } from './support/agents.mjs';
import { launch } from './support/browser.mjs';
import { serve } from './support/server.mjs';

const producers = ['webgpu', 'texture', 'webgl', 'canvas2d', 'canvas', 'videoframe', 'bitmap', 'imagedata'];
const consumers = ['external', 'texture', 'webgl', 'webglInto', 'canvas2d', 'bitmap', 'videoframe', 'readback'];
const onGpu = new Set(['webgpu', 'texture', 'webgl']);

let server;
let browser;
let context;
let page;
before(async () => {
  server = await serve();
  browser = await launch();
  context = await browser.newContext();
  page = await open(context, server.url, { broker: true });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

// Each route: who publishes, who reads, and whether VideoFrames go that way (one agent cluster) or ImageBitmaps do.
const routes = {
  'page to page': async () => [page, page, true],
  'page to worker': async () => [page, await page.spawn('worker'), true],
  'worker to page': async () => [await page.spawn('worker'), page, true],
  'worker to worker': async () => [await page.spawn('worker'), await page.spawn('worker'), true],
  'worker to its own worker': async () => {
    const worker = await page.spawn('worker');
    return [worker, await worker.spawn('worker'), true];
  },
  'page to iframe': async () => [page, await page.spawn('iframe'), true],
  "iframe's worker to page": async () => [await (await page.spawn('iframe')).spawn('worker'), page, true],
  'page to popup': async () => [page, await page.spawn('popup'), true],
  'page to another tab': async () => [page, await open(context, server.url, { broker: true }), false],
  "worker to another tab's worker": async () => [await page.spawn('worker'), await (await open(context, server.url, { broker: true })).spawn('worker'), false],
};

let pairs = 0;
for (const [route, make] of Object.entries(routes)) {
  describe(route, () => {
    let from;
    let to;
    let video;
    const name = `pixels ${route}`;
    before(async () => {
      [from, to, video] = await make();
      await from.do('publish', name);
      await to.do('subscribe', name, { connectTimeout: 20000 });
    });
    after(async () => {
      await to.do('endSubscriber', name);
      await from.do('endPublisher', name);
    });
    for (const [index, producer] of producers.entries()) {
      it(`${producer}, read in ${consumers.length} ways`, async () => {
        const seed = 1 + Math.floor(Math.random() * 2 ** 31);
        const width = 33 + 7 * index;
        const height = 61 - 5 * index;
        const metadata = { producer, list: [1, 'two', { three: null }] };
        const number = await from.do('paint', name, { producer, seed, width, height, timestamp: 1000 * index + 7, metadata });
        const { handle, info, transfer, kind } = await to.do('acquire', name, 10000);
        assert.equal(info.number, number);
        assert.deepEqual([info.width, info.height], [width, height]);
        assert.equal(info.timestamp, 1000 * index + 7);
        assert.deepEqual(info.metadata, metadata);
        assert.equal(kind, video ? 'video-frame' : 'bitmap');
        // Without a copy by the CPU only where that is known: never for what the browser says nothing about, never to another agent cluster.
        assert.equal(transfer.transfer, video && onGpu.has(producer) ? 'gpu' : 'cpu', transfer.why);
        for (const consumer of consumers) {
          const { texels, largest, where } = await to.do('consume', handle, consumer, seed);
          assert.equal(texels, 0, `${producer} -> ${consumer}: ${texels} texels differ by up to ${largest}; ${where} (seed ${seed})`);
          pairs++;
        }
        await to.do('closeFrame', handle);
        assert.deepEqual(await to.do('gpuErrors'), []);
        assert.deepEqual(await from.do('gpuErrors'), []);
      });
    }
  });
}

it('a wrong pixel would be noticed', async () => {
  const name = 'pixels noticed';
  await page.do('publish', name);
  await page.do('subscribe', name);
  await page.do('paint', name, { producer: 'webgl', seed: 77, width: 40, height: 30 });
  const { handle } = await page.do('acquire', name);
  for (const consumer of consumers) {
    const { texels } = await page.do('consume', handle, consumer, 78);
    assert.equal(texels, 1200, consumer);
  }
  await page.do('closeFrame', handle);
});

it('all pairs were compared', () => {
  assert.equal(pairs, producers.length * consumers.length * Object.keys(routes).length);
  assert.deepEqual(page.trouble, []);
});
