// Thousands of frames by every way, and no picture left: each context counts what it made, cloned and received against what it closed or gave away.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';

import { open, until } from './support/agents.mjs';
import { launch } from './support/browser.mjs';
import { serve } from './support/server.mjs';

let server;
let browser;
let context;
let page;
before(async () => {
  server = await serve();
  browser = await launch(['--js-flags=--expose-gc']);
  context = await browser.newContext();
  page = await open(context, server.url, { broker: true });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const small = (seed, more = {}) => ({ producer: 'imagedata', seed, width: 16, height: 16, ...more });
let frames = 0;

async function none(...agents) {
  for (const agent of agents) await until(async () => (await agent.do('live')) === 0, 'every picture is closed');
}

for (const [route, kind] of [['worker', 'worker'], ['another tab', 'tab']]) {
  for (const pacing of ['latest', 'queue']) {
    it(`${pacing}, to ${route}`, async () => {
      const name = `leaks ${pacing} ${route}`;
      const other = kind === 'tab' ? await open(context, server.url, { broker: true }) : await page.spawn(kind);
      await page.do('publish', name, { pacing });
      await other.do('subscribe', name, { connectTimeout: 20000 });
      await page.do('waitForSubscribers', name, 1, 10000);
      const total = kind === 'tab' ? 500 : 1500;
      const followed = other.do('follow', name, total);
      await page.do('burst', name, total, small(1, { timeout: 20000 }));
      const { numbers, skipped } = await followed;
      assert.equal(numbers.length + skipped, total - numbers[0] + 1);
      if (pacing === 'queue') assert.equal(numbers.length, total);
      frames += total;
      await other.do('endSubscriber', name);
      await page.do('endPublisher', name);
      await none(page, other);
      if (kind === 'tab') await other.page.close();
    });
  }
}

it('readers come and go while frames are on the way', async () => {
  const worker = await page.spawn('worker');
  await page.do('publish', 'come and go');
  for (let i = 0; i < 20; i++) {
    await worker.do('subscribe', 'come and go');
    const painted = page.do('burst', 'come and go', 20, small(i, { producer: i % 2 === 0 ? 'webgl' : 'canvas2d' }));
    await worker.do('endSubscriber', 'come and go');
    await painted;
    frames += 20;
  }
  await page.do('endPublisher', 'come and go');
  await none(page, worker);
});

it('publishers that end with a frame waiting, refused frames, time-outs', async () => {
  const worker = await page.spawn('worker');
  for (let i = 0; i < 10; i++) {
    const name = `waiting ${i}`;
    await page.do('publish', name, { pacing: 'queue', ring: 2 });
    await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    await page.do('paint', name, small(1));
    await page.do('paint', name, small(2, { timeout: 1 })).catch(() => undefined);
    const waiting = page.do('paint', name, small(3, { timeout: 20000 })).catch((error) => error.code);
    await page.do('endPublisher', name);
    assert.equal(await waiting, 'invalid_state');
    await worker.do('endSubscriber', name);
    frames += 1;
  }
  await none(page, worker);
});

it('a frame that nobody closes is named in a warning when it is garbage', async () => {
  const warned = [];
  page.page.on('console', (message) => warned.push(message.text()));
  await page.do('publish', 'forgotten');
  await page.do('subscribe', 'forgotten');
  await page.do('paint', 'forgotten', small(1));
  await page.do('forget', 'forgotten');
  await until(async () => {
    await page.do('collect');
    return warned.some((text) => /geyser-web: frame 1 of stream "forgotten" was not closed/.test(text));
  }, 'the warning');
});

it('thousands of frames were sent', () => assert.ok(frames > 4000, `${frames}`));
