// The page and the client against a fake server: what it shows, and that no message of a server can do more than end the connection.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { cardPixels, eventually, openBrowser, openPage, screenshot } from './browser.mjs';
import { behaved, frame, microseconds, startFake } from './fake.mjs';

let browser;
before(async () => {
  browser = await openBrowser();
});
after(() => browser?.close());

const opaque = (bytes) => {
  for (let i = 3; i < bytes.length; i += 4) bytes[i] = 255;
  return bytes;
};

/** A page without content on the fake's origin, and the bundle in it. */
async function client(t, fake, script, argument) {
  const page = await openPage(browser, `${fake.origin}/empty`);
  t.after(() => page.context().close());
  return { page, run: () => page.evaluate(`(async () => { const geyser = await import('/geyser-web.js'); return (${script})(geyser, ${JSON.stringify(argument)}); })()`) };
}

for (const draw of ['gpu', '2d']) {
  test(`a raw stream is drawn texel by texel (${draw})`, async (t) => {
    const picture = opaque(randomBytes(64 * 36 * 4));
    const server = behaved({ width: 64, height: 36, texels: () => picture });
    const fake = await startFake(server);
    t.after(fake.stop);
    const page = await openPage(browser, `${fake.url}&draw=${draw}`);
    t.after(() => page.context().close());
    const card = page.locator('.card[data-name="fake"]');
    await card.and(page.locator('[data-state="live"]')).waitFor();
    const path = await card.locator('.path').textContent();
    assert.match(path, draw === 'gpu' ? /Drawn by WebGPU/ : /Drawn by 2D canvas/);
    assert.match(path, /This path copies/);
    const shown = await cardPixels(page, 'fake');
    assert.deepEqual([shown.width, shown.height], [64, 36]);
    assert.ok(shown.bytes.equals(picture), 'the canvas has other texels than the server sent');
    await eventually(async () => /ms/.test(await card.locator('.latency').textContent()), 'a latency is shown');
    const latency = Number.parseFloat(await card.locator('.latency').textContent());
    assert.ok(latency >= 0 && latency < 60_000, `a latency of ${latency} ms`);
    assert.ok(Number.parseFloat(await card.locator('.fps').textContent()) > 0);
    assert.equal(await page.locator('#list tbody tr').count(), 1);
    assert.deepEqual(page.trouble, []);
  });
}

test('a reader that takes nothing gets no more than its window', async (t) => {
  const server = behaved({ texels: () => opaque(randomBytes(16 * 8 * 4)) });
  const fake = await startFake(server);
  t.after(fake.stop);
  const { run } = await client(
    t,
    fake,
    `async ({ connect }, url) => {
      const server = await connect(url);
      const subscriber = await server.subscribe('fake', { transport: 'raw', window: 3 });
      await new Promise((resolve) => setTimeout(resolve, 700));
      const frame = await subscriber.acquire();
      const first = frame.info.number;
      frame.close();
      const numbers = [];
      for (let i = 0; i < 20; i++) { const next = await subscriber.acquire(5000); numbers.push(next.info.number); next.close(); }
      const { frames, skipped } = subscriber.statistics;
      await server.close();
      return { first, numbers, frames, skipped };
    }`,
    fake.url,
  );
  const { first, numbers, frames, skipped } = await run();
  assert.equal(first, 3, 'the newest of the window, and none beyond it');
  numbers.reduce((before, number) => (assert.ok(number > before), number), first);
  assert.equal(frames, 21);
  assert.equal(frames + skipped, numbers.at(-1) - 2, 'what was not taken is counted as skipped');
  const state = server.state(fake.peers[0]);
  assert.equal(state.most, 3);
});

test('a server that restarts is found again, and the stream goes on', async (t) => {
  const picture = opaque(randomBytes(16 * 8 * 4));
  let fake = await startFake(behaved({ texels: () => picture }));
  t.after(() => fake.stop());
  const page = await openPage(browser, fake.url);
  t.after(() => page.context().close());
  const card = page.locator('.card[data-name="fake"]');
  await card.and(page.locator('[data-state="live"]')).waitFor();
  const { port } = fake;
  await fake.stop();
  await page.locator('#connection[data-state="waiting"]').waitFor();
  await card.and(page.locator('[data-state="waiting"]')).waitFor();
  const other = opaque(randomBytes(16 * 8 * 4));
  fake = await startFake({ ...behaved({ texels: () => other }), port });
  await page.locator('#connection[data-state="open"]').waitFor();
  await eventually(async () => (await cardPixels(page, 'fake')).bytes.equals(other), 'the new picture is shown');
});

test('a bad token is refused in words, and not tried again', async (t) => {
  const fake = await startFake(behaved({ texels: () => Buffer.alloc(16 * 8 * 4) }));
  t.after(fake.stop);
  const { run } = await client(
    t,
    fake,
    `async ({ connect }, origin) => {
      const attempts = [];
      for (const url of [origin + '/?token=' + 'b'.repeat(32), origin + '/', 'ftp://127.0.0.1/?token=x', 'http://127.0.0.1:1/?token=x']) {
        try { await connect(url, { timeout: 3000 }); attempts.push('connected'); } catch (error) { attempts.push(error.code + ': ' + error.message); }
      }
      return attempts;
    }`,
    fake.origin,
  );
  const [bad, none, scheme, absent] = await run();
  assert.match(bad, /^invalid_argument: The token is not the one of this server/);
  assert.match(none, /^invalid_argument: There is no token/);
  assert.match(scheme, /^invalid_argument: The address begins with ftp:/);
  assert.match(absent, /^timed_out: /);
});

const payload = Buffer.alloc(16 * 8 * 4, 1);
const sound = { number: 1, width: 16, height: 8, payload };
/** What a server may do wrong once somebody has subscribed, and the words that the page must have for it. */
const wrongs = {
  'no JSON': [(peer) => peer.send('{"type":'), /no JSON/],
  'JSON that is no object': [(peer) => peer.send('[1,2]'), /where a message was due/],
  'an unknown type': [(peer) => peer.send({ type: 'surprise' }), /unknown type "surprise"/],
  'hello twice': [(peer) => peer.send({ type: 'hello', protocol: 1, server: 'x', encoders: [] }), /hello twice/],
  'a list that is none': [(peer) => peer.send({ type: 'streams', streams: 7 }), /whose streams is 7/],
  'a stream without a name': [(peer) => peer.send({ type: 'streams', streams: [{ name: '', width: 1, height: 1, format: 'x' }] }), /no name of a stream/],
  'a name with control characters': [(peer) => peer.send({ type: 'streams', streams: [{ name: 'a\u0007', width: 1, height: 1, format: 'x' }] }), /no name of a stream/],
  'a text of two megabytes': [(peer) => peer.send('x'.repeat(2_000_000)), /a text of 2000000 characters/],
  'a huge size': [(peer, id) => peer.send({ type: 'subscribed', id, stream: 'fake', width: 1e9, height: 8, format: 'rgba8unorm', transport: 'raw' }), /whose width is 1000000000/],
  'a size of zero': [(peer, id) => peer.send({ type: 'subscribed', id, stream: 'fake', width: 0, height: 8, format: 'rgba8unorm', transport: 'raw' }), /whose width is 0/],
  'another stream': [(peer, id) => peer.send({ type: 'subscribed', id, stream: 'other', width: 8, height: 8, format: 'rgba8unorm', transport: 'raw' }), /stream "other" where "fake"/],
  'an answer that nobody asked for': [(peer) => peer.send({ type: 'ended', id: 4_000_000, reason: 'x' }), /nobody asked for/],
  'statistics that are no numbers': [(peer, id) => peer.send({ type: 'stats', id, published: 'many', sent: 1, skipped: 0 }), /whose published is "many"/],
  'a negative count': [(peer, id) => peer.send({ type: 'stats', id, published: -1, sent: 1, skipped: 0 }), /whose published is -1/],
  'an empty binary message': [(peer) => peer.send(Buffer.alloc(0)), /binary message of 0 bytes/],
  'a header that is cut off': [(peer) => peer.send(Buffer.alloc(63)), /binary message of 63 bytes/],
  'a bad magic': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { magic: 'JUNK' } })), /not with GYSR/],
  'another header length': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { headerBytes: 72 } })), /header of 72 bytes/],
  'an unknown kind': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { kind: 9 } })), /kind 9/],
  'an unknown format': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { format: 5 } })), /format 5/],
  'a length that is not there': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { payloadBytes: 0xffffffff } })), /announces 4294967295 bytes/],
  'a width beyond the payload': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { width: 17 } })), /17x8 texels with 512 bytes/],
  'a width of four thousand million': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { width: 0xffffffff } })), /4294967295x8 texels/],
  'a frame number beyond counting': [(peer, id) => peer.send(frame({ id, ...sound, wrong: { number: 0xffffffffffffffffn } })), /whose number is 18446744073709551615/],
  'a frame for nobody': [(peer) => peer.send(frame({ id: 4_000_000, ...sound })), /a frame for 4000000/],
  'video on a raw subscription': [(peer, id) => peer.send(frame({ id, ...sound, kind: 2 })), /kind key of "fake", which travels as raw/],
  'a published answer to a subscription': [(peer, id) => peer.send({ type: 'published', id, name: 'fake' }), /about the subscription/],
};

for (const [what, [act, words]] of Object.entries(wrongs)) {
  test(`a server that sends ${what} is left, with an error in words`, async (t) => {
    const server = behaved({
      texels: () => payload,
      misbehave: (peer, message) => {
        if (message.type !== 'ack' || peer.done) return false;
        peer.done = true;
        act(peer, message.id);
        return true;
      },
    });
    const fake = await startFake(server);
    t.after(fake.stop);
    const page = await openPage(browser, `${fake.url}&draw=2d`);
    t.after(() => page.context().close());
    await page.locator('#problem:not([hidden])').waitFor();
    assert.match(await page.locator('#problem-text').textContent(), words);
    assert.equal(await page.locator('.card').count(), 0);
    assert.deepEqual(page.trouble, []);
    await eventually(() => fake.peers.every((peer) => peer.closed), 'the page hangs up');
    assert.equal(fake.peers.length, 1, 'a server that speaks wrongly is not tried again by itself');
    if (what === 'a bad magic') await screenshot(page, 'malformed');
  });
}

test('a server that sends frames before its hello is left', async (t) => {
  const fake = await startFake({ opened: (peer) => peer.send(frame({ id: 1, ...sound })) });
  t.after(fake.stop);
  const page = await openPage(browser, fake.url);
  t.after(() => page.context().close());
  await page.locator('#problem:not([hidden])').waitFor();
  assert.match(await page.locator('#problem-text').textContent(), /before it said hello/);
});

test('a server of another protocol is left', async (t) => {
  const fake = await startFake({ opened: (peer) => peer.send({ type: 'hello', protocol: 2, server: 'geyser 9', encoders: [] }) });
  t.after(fake.stop);
  const page = await openPage(browser, fake.url);
  t.after(() => page.context().close());
  await page.locator('#problem:not([hidden])').waitFor();
  assert.match(await page.locator('#problem-text').textContent(), /protocol 2, and this client speaks protocol 1/);
});

test('video that is no video asks for key frames, and then fails in words', async (t) => {
  let keyframes = 0;
  const fake = await startFake({
    opened: (peer) => peer.send({ type: 'hello', protocol: 1, server: 'geyser fake', encoders: ['vp8'] }),
    heard: (peer, message) => {
      const junk = (number, kind) => peer.send(frame({ id: message.id, number, width: 16, height: 8, kind, payload: randomBytes(200) }));
      if (message.type === 'ping') peer.send({ type: 'pong', time: message.time, serverTime: microseconds() });
      if (message.type === 'list')
        peer.send({ type: 'streams', streams: [{ name: 'junk', width: 16, height: 8, format: 'rgba8unorm', fps: 1, readers: 0, alive: true }] });
      if (message.type === 'subscribe') {
        peer.send({ type: 'subscribed', id: message.id, stream: 'junk', width: 16, height: 8, format: 'rgba8unorm', transport: 'video', codec: 'vp8' });
        junk(1, 3); // a delta first: not decoded
        junk(2, 2);
      }
      if (message.type === 'keyframe') junk(2 + ++keyframes, 2);
    },
  });
  t.after(fake.stop);
  const page = await openPage(browser, fake.url);
  t.after(() => page.context().close());
  const card = page.locator('.card[data-name="junk"][data-state="failed"]');
  await card.waitFor();
  assert.match(await card.locator('.cover').textContent(), /decodes none of the vp8 video.*transport raw/);
  assert.ok(keyframes >= 3 && keyframes <= 16, `${keyframes} key frames were asked for`);
  assert.deepEqual(page.trouble, []);
});
