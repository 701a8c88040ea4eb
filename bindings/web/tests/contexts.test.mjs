// Which contexts reach which, by what means, and what happens when one is gone.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { open, refuses, until } from './support/agents.mjs';
import { launch } from './support/browser.mjs';
import { serve } from './support/server.mjs';

let server;
let browser;
let context;
let page;
let name;
let count = 0;
before(async () => {
  server = await serve();
  browser = await launch();
  context = await browser.newContext();
  page = await open(context, server.url);
});
beforeEach(() => {
  name = `context ${++count}`;
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const small = (seed, more = {}) => ({ producer: 'imagedata', seed, width: 16, height: 8, ...more });
// The browser frees a dead context's locks at once; this is what a loaded machine may take.
const bound = 5000;

async function reads(from, to, seed) {
  await from.do('publish', name);
  await to.do('subscribe', name, { connectTimeout: 20000 });
  await from.do('paint', name, small(seed));
  const { handle, kind } = await to.do('acquire', name, 20000);
  assert.equal((await to.do('consume', handle, 'readback', seed)).texels, 0);
  await to.do('closeFrame', handle);
  return kind;
}

describe('without a broker', () => {
  it('a page, its frames and its workers reach each other', async () => {
    const frame = await page.spawn('iframe');
    const inner = await frame.spawn('worker');
    const worker = await page.spawn('worker');
    assert.equal(await reads(inner, worker, 3), 'video-frame');
  });

  it('another tab sees the stream and has no way to it, which the error says', async () => {
    const tab = await open(context, server.url);
    await page.do('publish', name);
    await until(async () => (await tab.do('list')).some((stream) => stream.name === name), 'it is listed');
    await refuses(tab.do('subscribe', name, { connectTimeout: 300 }), 'not_found', /no link leads to.*broker/);
    await tab.page.close();
  });

  it('a popup and its opener reach each other', async () => {
    assert.equal(await reads(await page.spawn('popup'), page, 8), 'video-frame');
  });

  it('a shared worker that imports the package is a broker, publishes and reads itself', async () => {
    const alone = await browser.newContext();
    const [one, two] = [await open(alone, server.url), await open(alone, server.url)];
    const shared = await one.spawn('shared');
    assert.equal(await reads(one, shared, 4), 'bitmap');
    name += ' back';
    assert.equal(await reads(shared, one, 5), 'bitmap');
    assert.equal((await shared.do('transferable')).videoFrame, false);
    await two.do('startWith', shared.id);
    name += ' tabs';
    assert.equal(await reads(one, two, 6), 'bitmap');
    await alone.close();
  });

  it('contexts that only have a port are joined by it', async () => {
    const alone = await browser.newContext();
    const one = await open(alone, server.url);
    const two = await one.spawn('lonelyWorker'); // nobody called connect(worker)
    await one.do('publish', name);
    await refuses(two.do('subscribe', name, { connectTimeout: 300 }), 'not_found', /no link leads to/);
    await one.do('joinByPort', two.id);
    await two.do('subscribe', name, { connectTimeout: 20000 });
    await one.do('paint', name, small(2));
    const { handle } = await two.do('acquire', name, 10000);
    assert.equal((await two.do('consume', handle, 'canvas2d', 2)).texels, 0);
    await alone.close();
  });

  it('a worker that is connected late is joined, too', async () => {
    const alone = await browser.newContext();
    const one = await open(alone, server.url);
    const two = await one.spawn('lonelyWorker');
    await two.do('publish', name);
    await refuses(one.do('subscribe', name, { connectTimeout: 300 }), 'not_found', /no link leads to/);
    await one.do('connectLate', two.id);
    await one.do('subscribe', name, { connectTimeout: 20000 });
    await alone.close();
  });

  it('does not need cross-origin isolation', async () => {
    const plain = await serve({ isolated: false });
    const alone = await browser.newContext();
    const one = await open(alone, plain.url);
    assert.equal((await one.do('transferable')).isolated, false);
    assert.equal(await reads(one, await one.spawn('worker'), 11), 'video-frame');
    await alone.close();
    await plain.close();
  });
});

describe('where WebAssembly is forbidden', () => {
  it('contexts still learn what they can take from each other', async () => {
    const strict = await serve({ policy: "script-src 'self'; worker-src 'self'" });
    const alone = await browser.newContext();
    const one = await open(alone, strict.url, { broker: true });
    assert.equal(await reads(one, await one.spawn('worker'), 21), 'video-frame');
    name += ' tab';
    assert.equal(await reads(one, await open(alone, strict.url, { broker: true }), 22), 'bitmap');
    await alone.close();
    await strict.close();
  });
});

describe('a context that is gone', () => {
  it("a terminated worker's stream ends, its name is free, its readers know", async () => {
    const worker = await page.spawn('worker');
    await worker.do('publish', name);
    await page.do('subscribe', name);
    await worker.do('paint', name, small(1));
    const { handle } = await page.do('acquire', name, 10000);
    await page.do('end', worker.id);
    await until(async () => (await page.do('subscriber', name)).state === 'waiting', 'the reader knows', bound);
    await refuses(page.do('acquire', name, 50), 'peer_gone', /context ended/);
    assert.equal((await page.do('consume', handle, 'readback', 1)).texels, 0, 'the frame that is held stays');
    await page.do('closeFrame', handle);
    assert.equal(await page.do('find', name), null);
    await page.do('publish', name); // the name is free
    await page.do('paint', name, small(2));
    const again = await page.do('acquire', name, 10000);
    assert.equal((await page.do('consume', again.handle, 'readback', 2)).texels, 0);
    await page.do('closeFrame', again.handle);
  });

  it('a terminated reader holds no queue up, and what it had is closed', async () => {
    const worker = await page.spawn('worker');
    await page.do('publish', name, { pacing: 'queue', ring: 3 });
    await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    const before = await page.do('live');
    await page.do('burst', name, 2, small(1));
    const waiting = page.do('paint', name, small(3, { timeout: 20000 }));
    await page.do('end', worker.id);
    assert.equal(await waiting, 3);
    await until(async () => (await page.do('publisher', name)).statistics.readers === 0, 'it is forgotten', bound);
    await until(async () => (await page.do('live')) <= before, 'no frame of it is left', bound);
  });

  it('a worker that is gone in the middle of a stream of frames does not disturb the others', async () => {
    const [one, two] = [await page.spawn('worker'), await page.spawn('worker')];
    await page.do('publish', name);
    for (const worker of [one, two]) await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 2, 10000);
    const followed = two.do('follow', name, 120);
    const painted = page.do('burst', name, 120, small(1, { producer: 'webgl' }));
    await until(async () => (await one.do('subscriber', name)).statistics.skipped >= 0, 'it reads');
    await page.do('end', one.id);
    assert.equal(await painted, 120);
    assert.equal((await followed).numbers.at(-1), 120);
  });

  it('a removed iframe and a closed tab are noticed, too', async () => {
    const own = await browser.newContext();
    const [first, tab] = [await open(own, server.url, { broker: true }), await open(own, server.url, { broker: true })];
    const frame = await first.spawn('iframe');
    await first.do('publish', name);
    await frame.do('subscribe', name);
    await tab.do('subscribe', name, { connectTimeout: 20000 });
    await first.do('waitForSubscribers', name, 2, 10000);
    await first.do('end', frame.id);
    await until(async () => (await first.do('publisher', name)).statistics.readers === 1, 'the iframe', bound);
    await tab.page.close();
    await until(async () => (await first.do('publisher', name)).statistics.readers === 0, 'the tab', bound);
    const third = await open(own, server.url, { broker: true });
    await third.do('subscribe', name, { connectTimeout: 20000 });
    await first.page.close();
    await until(async () => (await third.do('subscriber', name)).state === 'waiting', "the publisher's tab", bound);
    await third.do('publish', name);
    await own.close();
  });

  it('a crashed tab is one that is gone', async () => {
    const own = await browser.newContext();
    const [first, tab] = [await open(own, server.url, { broker: true }), await open(own, server.url, { broker: true })];
    await tab.do('publish', name);
    await first.do('subscribe', name, { connectTimeout: 20000 });
    await tab.page.goto('chrome://crash').catch(() => undefined);
    await until(async () => (await first.do('subscriber', name)).state === 'waiting', 'the reader knows', bound);
    await own.close();
  });

  it('a stopped reader keeps what it holds and stops nobody in latest', async () => {
    const worker = await page.spawn('worker');
    await page.do('publish', name);
    await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    const busy = worker.do('spin', 1500);
    const before = await page.do('live');
    assert.equal(await page.do('burst', name, 200, small(1)), 200);
    assert.ok((await page.do('live')) - before <= 1, 'the publisher keeps the newest only');
    await busy;
    await until(async () => {
      const { handle, info } = await worker.do('acquire', name, 10000);
      await worker.do('closeFrame', handle);
      return info.number === 200;
    }, 'the newest');
  });

  it('a transport that is closed ends its streams and frees its names', async () => {
    const worker = await page.spawn('worker');
    await worker.do('publish', name);
    await page.do('subscribe', name);
    await worker.do('close');
    await until(async () => (await page.do('subscriber', name)).state === 'waiting', 'the reader knows', bound);
    await page.do('publish', name);
    await refuses(worker.do('publish', name), 'invalid_state', /transport is closed/);
  });
});
