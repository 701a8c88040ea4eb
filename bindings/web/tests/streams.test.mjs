// Names, pacing, joining, ending, sizes, holding and closing: what docs/guide.md promises.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { open, refuses, until } from './support/agents.mjs';
import { launch } from './support/browser.mjs';
import { serve } from './support/server.mjs';

let server;
let browser;
let context;
let page;
let worker;
let name;
let count = 0;
before(async () => {
  server = await serve();
  browser = await launch();
  context = await browser.newContext();
  page = await open(context, server.url, { broker: true });
  worker = await page.spawn('worker');
});
beforeEach(() => {
  name = `stream ${++count}`;
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const small = (seed, more = {}) => ({ producer: 'imagedata', seed, width: 16, height: 8, ...more });

describe('latest', () => {
  it('a slow reader gets the newest, and is told what it missed', async () => {
    await page.do('publish', name);
    await worker.do('subscribe', name);
    await page.do('paint', name, small(1));
    const first = await worker.do('acquire', name);
    assert.deepEqual([first.info.number, first.info.skipped], [1, 0]);
    assert.equal(await page.do('burst', name, 40, small(2)), 41);
    // The reader holds one frame; the newest comes to it whatever came before.
    await until(async () => {
      const { handle, info } = await worker.do('acquire', name);
      await worker.do('closeFrame', handle);
      return info.number === 41;
    }, 'frame 41');
    await worker.do('closeFrame', first.handle);
    const { statistics } = await worker.do('subscriber', name);
    assert.equal(statistics.frames + statistics.skipped, 41);
    assert.ok(statistics.skipped > 20, `${statistics.skipped} skipped`);
  });

  it('never waits for a reader that holds everything it may', async () => {
    await page.do('publish', name);
    await worker.do('subscribe', name, { maxHeld: 2 });
    const held = [];
    for (let i = 0; i < 2; i++) {
      await page.do('paint', name, small(i));
      held.push((await worker.do('acquire', name)).handle);
    }
    assert.equal(await page.do('burst', name, 100, small(3)), 102);
    await refuses(worker.do('acquire', name), 'limit_exceeded', /2 frames .* 2 are allowed/);
    await worker.do('closeFrame', held[0]);
    await until(async () => {
      const { handle, info } = await worker.do('acquire', name);
      await worker.do('closeFrame', handle);
      return info.number === 102;
    }, 'frame 102');
    const { texels } = await worker.do('consume', held[1], 'readback', 1); // the frame that was held is as it was
    assert.equal(texels, 0);
  });

  it('a late reader gets the newest frame at once', async () => {
    await page.do('publish', name);
    await page.do('burst', name, 5, small(10));
    const { texture, pacing } = await worker.do('subscribe', name);
    assert.deepEqual(texture, { width: 16, height: 8, format: 'rgba8unorm' });
    assert.equal(pacing, 'latest');
    const { handle, info } = await worker.do('acquire', name);
    assert.deepEqual([info.number, info.skipped], [5, 0]);
    assert.equal((await worker.do('consume', handle, 'readback', 14)).texels, 0);
    await refuses(worker.do('acquire', name, 100), 'timed_out', /no new frame/);
  });

  it('serves several readers, each at its own pace', async () => {
    await page.do('publish', name);
    await worker.do('subscribe', name, {}, 'a');
    await worker.do('subscribe', name, {}, 'b');
    await page.do('subscribe', name, {}, 'c');
    await page.do('waitForSubscribers', name, 3, 10000);
    const quick = page.do('follow', 'c', 60);
    const slow = worker.do('follow', 'a', 60, 20);
    await page.do('burst', name, 60, small(1));
    for (const got of [await quick, await slow]) {
      assert.equal(got.numbers.at(-1), 60);
      assert.equal(got.numbers.length + got.skipped, 60 - (got.numbers[0] - 1));
      assert.deepEqual(got.numbers, [...new Set(got.numbers)].sort((x, y) => x - y));
    }
    const { handle, info } = await worker.do('acquire', 'b');
    assert.equal(info.number, 60);
    await worker.do('closeFrame', handle);
  });
});

describe('queue', () => {
  it('every frame comes, in order, with its pixels', async () => {
    await page.do('publish', name, { pacing: 'queue', ring: 3 });
    await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    const checked = worker.do('check', name, 50, 500, 'texture');
    await page.do('burst', name, 50, small(500, { producer: 'webgl', timeout: 20000 }));
    assert.deepEqual(await checked, []);
    const { statistics } = await worker.do('subscriber', name);
    assert.deepEqual([statistics.frames, statistics.skipped], [50, 0]);
  });

  it('publish() waits for room, and says who holds it up', async () => {
    await page.do('publish', name, { pacing: 'queue', ring: 3 });
    await worker.do('subscribe', name, { application: 'the slow one' });
    await page.do('waitForSubscribers', name, 1, 10000);
    await page.do('burst', name, 2, small(1));
    await refuses(page.do('paint', name, small(3, { timeout: 150 })), 'timed_out', /"the slow one".*2 frames behind.*2 are allowed/);
    const waiting = page.do('paint', name, small(3, { timeout: 20000 }));
    const { handle } = await worker.do('acquire', name); // room for one
    assert.equal(await waiting, 3, 'the number of the refused frame is used again');
    await worker.do('closeFrame', handle);
    assert.deepEqual((await worker.do('follow', name, 3)).numbers, [2, 3]);
  });

  it('a reader that leaves holds nobody up', async () => {
    await page.do('publish', name, { pacing: 'queue', ring: 2 });
    await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    await page.do('paint', name, small(1));
    const waiting = page.do('paint', name, small(2, { timeout: 20000 }));
    await worker.do('endSubscriber', name);
    assert.equal(await waiting, 2);
    assert.equal((await page.do('publisher', name)).hasSubscribers, false);
  });

  it('one publish() at a time, and none after close()', async () => {
    await page.do('publish', name, { pacing: 'queue', ring: 2 });
    await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    await page.do('paint', name, small(1));
    const waiting = page.do('paint', name, small(2, { timeout: 20000 }));
    const ended = refuses(waiting, 'invalid_state', /closed/);
    await until(async () => {
      const error = await page.do('paint', name, small(3, { timeout: 5 })).then(() => null, (e) => e);
      return error?.code === 'invalid_state' && /still being published/.test(error.message);
    }, 'the first publish() waits');
    await page.do('endPublisher', name);
    await ended;
  });

  it('is kept for nobody before somebody reads', async () => {
    await page.do('publish', name, { pacing: 'queue' });
    await page.do('burst', name, 10, small(1));
    await worker.do('subscribe', name);
    await refuses(worker.do('acquire', name, 100), 'timed_out');
    await page.do('paint', name, small(1));
    assert.equal((await worker.do('acquire', name)).info.number, 11);
  });
});

describe('sizes', () => {
  it('follow by themselves, and frames that are held stay', async () => {
    await page.do('publish', name, { pacing: 'queue', ring: 4 });
    await worker.do('subscribe', name, { maxHeld: 4 });
    await page.do('waitForSubscribers', name, 1, 10000);
    const sizes = [[16, 8], [16, 8], [31, 17]];
    const got = [];
    for (const [i, [width, height]] of sizes.entries()) {
      await page.do('paint', name, { producer: 'webgpu', seed: 40 + i, width, height });
      got.push(await worker.do('acquire', name, 10000));
    }
    assert.deepEqual(got.map(({ info }) => [info.width, info.height, info.generation]), [[16, 8, 1], [16, 8, 1], [31, 17, 2]]);
    for (const [i, { handle }] of got.entries()) {
      assert.equal((await worker.do('consume', handle, 'external', 40 + i)).texels, 0);
      await worker.do('closeFrame', handle);
    }
    const { statistics, stream } = await worker.do('subscriber', name);
    assert.equal(statistics.generations, 2);
    assert.deepEqual([stream.texture.width, stream.texture.height], [31, 17]);
    assert.deepEqual((await page.do('find', name)).texture, { width: 31, height: 17, format: 'rgba8unorm' });
  });
});

describe('names', () => {
  it('one live publisher a name, whatever the context', async () => {
    await page.do('publish', name, { application: 'the first' });
    await refuses(page.do('publish', name), 'invalid_state', /taken by "the first".*alive/);
    await refuses(worker.do('publish', name), 'invalid_state', /taken/);
    const tab = await open(context, server.url, { broker: true });
    await refuses(tab.do('publish', name), 'invalid_state', /taken/);
    await tab.page.close();
    await page.do('endPublisher', name);
    await worker.do('publish', name);
    await worker.do('endPublisher', name);
  });

  it('have rules', async () => {
    for (const bad of ['', 'a\u0000b', 'a\nb', 'x'.repeat(129), 'ü'.repeat(65)]) {
      await refuses(page.do('publish', bad), 'invalid_argument', /1 to 128/);
      await refuses(page.do('subscribe', bad), 'invalid_argument', /1 to 128/);
    }
    const long = 'ü'.repeat(64);
    await page.do('publish', long);
    await page.do('endPublisher', long);
  });

  it('nobody has: not_found, with those that there are', async () => {
    await page.do('publish', name);
    await refuses(worker.do('subscribe', 'nobody', { connectTimeout: 200 }), 'not_found', new RegExp(`no stream "nobody".*"${name}"`));
  });

  it('are listed while their publishers live', async () => {
    await page.do('publish', name, { application: 'listed', pacing: 'queue' });
    await worker.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    const tab = await open(context, server.url, { broker: true });
    const of = async (agent) => (await agent.do('list')).find((stream) => stream.name === name);
    await until(async () => (await of(tab))?.readers === 1, 'the reader is told of');
    const stream = await of(tab);
    assert.deepEqual([stream.application, stream.pacing, stream.texture], ['listed', 'queue', null]);
    const change = tab.do('watch', 20000);
    await page.do('endPublisher', name);
    await change;
    await until(async () => (await of(tab)) === undefined, 'it is listed no more');
    assert.equal(await tab.do('find', name), null);
    await tab.page.close();
  });
});

describe('ends', () => {
  it('a publisher that closes leaves what it published, and peer_gone after that', async () => {
    await page.do('publish', name);
    await worker.do('subscribe', name);
    await page.do('paint', name, small(9));
    const { handle } = await worker.do('acquire', name);
    await page.do('paint', name, small(10));
    await page.do('endPublisher', name);
    await until(async () => (await worker.do('subscriber', name)).state === 'waiting', 'it is known');
    const second = await worker.do('acquire', name);
    assert.equal(second.info.number, 2);
    assert.equal((await worker.do('consume', second.handle, 'canvas2d', 10)).texels, 0);
    assert.equal((await worker.do('consume', handle, 'webgl', 9)).texels, 0);
    await worker.do('closeFrame', second.handle);
    await refuses(worker.do('acquire', name, 100), 'peer_gone', /closed.*attaches by itself/);
  });

  it('a subscriber attaches by itself when the name is published again, elsewhere too', async () => {
    const other = await page.spawn('worker');
    await page.do('publish', name);
    await worker.do('subscribe', name);
    await page.do('burst', name, 3, small(1));
    const first = await worker.do('acquire', name);
    await worker.do('closeFrame', first.handle);
    await page.do('endPublisher', name);
    const uuid = await other.do('publish', name);
    await other.do('paint', name, small(70));
    await until(async () => {
      const { handle, info } = await worker.do('acquire', name, 10000);
      const { texels } = await worker.do('consume', handle, 'readback', 70);
      await worker.do('closeFrame', handle);
      return texels === 0 && info.number === 1;
    }, 'the frame of the second');
    const { state, stream, statistics } = await worker.do('subscriber', name);
    assert.deepEqual([state, stream.uuid, statistics.attachments], ['attached', uuid, 2]);
  });

  it('without reconnect it has ended', async () => {
    await page.do('publish', name);
    await worker.do('subscribe', name, { reconnect: false });
    const follow = worker.do('follow', name, 99);
    await page.do('paint', name, small(1));
    await until(async () => (await worker.do('subscriber', name)).statistics.frames === 1, 'the frame is taken');
    await page.do('endPublisher', name);
    assert.deepEqual((await follow).numbers, [1], 'the loop ends with the stream');
    await refuses(worker.do('acquire', name, 20000), 'peer_gone', /subscribe again/);
    assert.equal((await worker.do('subscriber', name)).state, 'ended');
  });

  it('closed objects refuse', async () => {
    await page.do('publish', name);
    await page.do('subscribe', name);
    const waiting = page.do('acquire', name, 20000);
    const refused = refuses(waiting, 'invalid_state', /was closed while/);
    await page.do('endSubscriber', name);
    await refused;
    await refuses(page.do('acquire', name), 'invalid_state', /closed; subscribe again/);
  });
});

describe('a frame', () => {
  it('refuses everything once it is closed, by name', async () => {
    await page.do('publish', name);
    await worker.do('subscribe', name);
    await page.do('paint', name, { producer: 'webgpu', seed: 1, width: 20, height: 10 });
    const { handle } = await worker.do('acquire', name);
    await worker.do('closeFrame', handle);
    await worker.do('closeFrame', handle); // twice is allowed
    for (const consumer of ['external', 'texture', 'webgl', 'canvas2d', 'bitmap', 'videoframe', 'readback']) {
      await refuses(worker.do('consume', handle, consumer, 1), 'invalid_state', /frame 1 is closed/);
    }
    const { closed, info } = await worker.do('frame', handle);
    assert.deepEqual([closed, info.number], [true, 1]);
  });

  it('outlives its subscriber and its publisher', async () => {
    const other = await page.spawn('worker');
    await other.do('publish', name);
    await page.do('subscribe', name);
    await other.do('paint', name, { producer: 'webgl', seed: 5, width: 24, height: 12 });
    const { handle } = await page.do('acquire', name, 10000);
    await page.do('endSubscriber', name);
    await page.do('end', other.id);
    for (const consumer of ['external', 'canvas2d']) assert.equal((await page.do('consume', handle, consumer, 5)).texels, 0);
    await page.do('closeFrame', handle);
  });

  it('says what is wrong with a destination', async () => {
    await page.do('publish', name);
    await page.do('subscribe', name);
    await page.do('paint', name, { producer: 'webgpu', seed: 1, width: 20, height: 10 });
    const { handle } = await page.do('acquire', name);
    await refuses(page.do('copyToWrong', handle, 'small'), 'invalid_argument', /20x10 .* 19x10/);
    await refuses(page.do('copyToWrong', handle, 'offset'), 'invalid_argument', /at 1,0 it does not fit/);
    await refuses(page.do('copyToWrong', handle, 'usage'), 'invalid_argument', /COPY_DST and RENDER_ATTACHMENT/);
    assert.deepEqual(await page.do('gpuErrors'), [], 'refused before the device saw it');
  });

  it('tells how it came, and what a use adds', async () => {
    await page.do('publish', name, { pacing: 'queue', ring: 8 });
    await page.do('subscribe', name);
    await page.do('waitForSubscribers', name, 1, 10000);
    const report = async (picture, use) => {
      await page.do('paint', name, { seed: 1, width: 16, height: 16, ...picture });
      const { handle, transfer } = await page.do('acquire', name);
      const whole = await page.do('transferOf', handle, use);
      await page.do('closeFrame', handle);
      assert.ok(whole.why.length > 20 && transfer.why.length > 20);
      return [transfer.transfer, whole.transfer];
    };
    assert.deepEqual(await report({ producer: 'webgpu' }, 'external-texture'), ['gpu', 'gpu']);
    assert.deepEqual(await report({ producer: 'webgl' }, 'texture'), ['gpu', 'gpu']);
    assert.deepEqual(await report({ producer: 'webgl' }, 'bytes'), ['gpu', 'cpu']);
    assert.deepEqual(await report({ producer: 'canvas2d' }, 'webgl'), ['cpu', 'cpu']);
    assert.deepEqual(await report({ producer: 'imagedata' }, 'external-texture'), ['cpu', 'cpu']);
    assert.deepEqual(await report({ producer: 'canvas', memory: 'gpu' }, 'canvas'), ['gpu', 'gpu']);
    // Not NV12: whatever the program says, the import copies.
    assert.deepEqual(await report({ producer: 'videoframe', memory: 'multi-planar' }, 'external-texture'), ['gpu', 'gpu']);
    assert.deepEqual(await report({ producer: 'nv12', memory: 'multi-planar' }, 'external-texture'), ['gpu', 'zero-copy']);
    assert.deepEqual(await report({ producer: 'nv12', memory: 'multi-planar' }, 'webgl'), ['gpu', 'gpu']);
    assert.deepEqual(await report({ producer: 'nv12' }, 'external-texture'), ['cpu', 'cpu']);
  });
});

describe('publish()', () => {
  it('refuses what is no picture', async () => {
    await page.do('publish', name);
    for (const [what, code] of [['number', 'invalid_argument'], ['nothing', 'invalid_argument'], ['object', 'invalid_argument'], ['closedFrame', 'invalid_argument'],
      ['emptyVideo', 'invalid_argument'], ['wrongTexture', 'unsupported_format'], ['wrongUsage', 'invalid_argument']]) {
      await refuses(page.do('publishRaw', name, what), code);
    }
    const wrong = [{ timestamp: NaN }, { timestamp: 1e300 }, { timeout: -1 }, { metadata: [] }, { metadata: { a: 'x'.repeat(20000) } }];
    for (const options of wrong) await refuses(page.do('paint', name, small(1, options)), 'invalid_argument');
    assert.equal((await page.do('publisher', name)).statistics.published, 0);
    assert.equal(await page.do('paint', name, small(1)), 1);
  });

  it('takes metadata as it is at that moment', async () => {
    await page.do('publish', name);
    await page.do('publishAndChange', name, { list: [1, 2] });
    await worker.do('subscribe', name);
    assert.deepEqual((await worker.do('acquire', name)).info.metadata, { list: [1, 2] });
  });

  it('refuses options', async () => {
    for (const options of [{ ring: 1 }, { ring: 17 }, { ring: 2.5 }, { pacing: 'fast' }, { application: 'x'.repeat(200) }]) {
      await refuses(page.do('publish', name, options), 'invalid_argument', /PublisherOptions/);
    }
    for (const options of [{ maxHeld: 0 }, { maxHeld: 5 }, { connectTimeout: -1 }, { connectTimeout: NaN }]) {
      await refuses(page.do('subscribe', name, options), 'invalid_argument', /SubscriberOptions/);
    }
    await page.do('publish', name);
    await page.do('subscribe', name);
    await refuses(page.do('acquire', name, Infinity), 'invalid_argument');
    await refuses(page.do('acquireTwice', name), 'invalid_state', /another acquire/);
    await refuses(page.do('waitForSubscribers', name, 5, 50), 'timed_out', /1 of 5 readers/);
  });

  it('takes elements of the page', async () => {
    await page.do('publish', name);
    await page.do('subscribe', name);
    const { video, ...exact } = await page.do('elements', name, name);
    for (const [kind, got] of Object.entries(exact)) assert.deepEqual(got, [20, 10, 10, 130, 250, 255], kind);
    assert.deepEqual(video.slice(0, 2), [20, 10]);
    for (const [channel, wanted] of [10, 130, 250, 255].entries()) assert.ok(Math.abs(video[2 + channel] - wanted) <= 6, `${video}`);
  });

  for (const [alpha, expected] of [
    [false, { external: ['again'], texture: ['coarse'], webgl: ['straight'], webglInto: ['straight'], canvas2d: ['again', 'over'], bitmap: ['over'], videoframe: ['coarse'], readback: ['coarse'] }],
    [true, { external: ['again'], texture: ['straight'], webgl: [], webglInto: [], canvas2d: ['over'], bitmap: ['over'], videoframe: ['coarse'], readback: ['straight'] }],
  ]) {
    it(`brings alpha as docs/guide.md says, ${alpha ? 'with' : 'without'} PublisherOptions.alpha`, async () => {
      await page.do('publish', name, { alpha });
      await page.do('subscribe', name);
      const all = await page.do('alpha', name, name, expected);
      for (const [consumer, largest] of Object.entries(all)) assert.ok(largest <= 1.6, `${consumer}: ${JSON.stringify(all)}`);
    });
  }

  it('takes a MediaStreamTrack', async () => {
    await page.do('publish', name);
    await worker.do('subscribe', name);
    const published = await page.do('track', name, 5);
    assert.ok(published >= 5, `${published} frames`);
    const { handle, info } = await worker.do('acquire', name, 10000);
    assert.deepEqual([info.width, info.height, info.metadata], [64, 48, { from: 'track' }]);
    // The track may carry video's colours, so that red is near, not equal.
    const texel = await worker.do('texel', handle);
    for (const [channel, wanted] of [200, 30, 60, 255].entries()) assert.ok(Math.abs(texel[channel] - wanted) <= 4, `${texel}`);
    await worker.do('closeFrame', handle);
  });
});
