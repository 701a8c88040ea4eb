// The page of the real `geyser serve`, with streams of the real `geyser publish`.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import { cardPixels, eventually, openBrowser, openPage, screenshot } from './browser.mjs';
import { startFake } from './fake.mjs';
import { difference, readCounter, skip, world } from './geyser.mjs';

let browser;
before(async () => {
  if (!skip) browser = await openBrowser();
});
after(() => browser?.close());

async function live(page, name) {
  const card = page.locator(`.card[data-name="${name}"]`);
  try {
    await card.and(page.locator('[data-state="live"]')).waitFor();
  } catch {
    const words = (await card.count()) === 0 ? 'it has no card' : await card.innerText();
    assert.fail(`"${name}" is not shown: ${words}; ${await page.locator('#connection').innerText()}; ${page.trouble.join('; ')}`);
  }
}

async function show(t, url, options) {
  const page = await openPage(browser, url, options);
  t.after(() => page.context().close());
  return page;
}

/** Runs `script(geyser, argument)` in a page of the server's own origin. */
function run(page, script, argument) {
  return page.evaluate(`(async () => { const geyser = await import('/geyser-web.js'); return (${script})(geyser, ${JSON.stringify(argument)}); })()`);
}

for (const draw of ['gpu', '2d']) {
  test(`a still stream is shown raw, texel by texel (${draw})`, { skip }, async (t) => {
    const here = await world(t);
    await here.publish('bars', '--pattern', 'smpte', '--size', '318x241', '--fps', '15');
    const { url } = await here.serve();
    const page = await show(t, `${url}&transport=raw&draw=${draw}`);
    await live(page, 'bars');
    const wanted = await here.snapshot('bars');
    const shown = await cardPixels(page, 'bars');
    assert.deepEqual([shown.width, shown.height], [318, 241]);
    assert.ok(shown.bytes.equals(wanted), 'the canvas differs from what a native reader has');
    assert.deepEqual(page.trouble, []);
  });
}

test('a moving stream is shown raw: the numbers in its pixels rise, latency and frame rate are sane', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('counter', '--pattern', 'counter', '--size', '640x360', '--fps', '20', '--format', 'bgra8_unorm');
  const { url } = await here.serve();
  const page = await show(t, `${url}&transport=raw`);
  await live(page, 'counter');
  const numbers = [];
  await eventually(async () => {
    const number = readCounter(await cardPixels(page, 'counter'));
    assert.notEqual(number, null, 'the pixels hold no number');
    if (number !== numbers.at(-1)) numbers.push(number);
    return numbers.length >= 8;
  }, 'eight different frames are shown');
  assert.deepEqual(numbers, [...numbers].sort((a, b) => a - b));
  const card = page.locator('.card[data-name="counter"]');
  await eventually(async () => Number.parseFloat(await card.locator('.fps').textContent()) > 0.1, 'a frame rate is shown');
  assert.ok(Number.parseFloat(await card.locator('.fps').textContent()) < 40);
  const latency = Number.parseFloat(await card.locator('.latency').textContent());
  const p95 = Number.parseFloat(await card.locator('.p95').textContent());
  assert.ok(latency > 0 && latency < 60_000 && p95 >= latency, `${latency} ms, 95th percentile ${p95} ms`);
  assert.match(await card.locator('.path').textContent(), /This path copies.*pixels through a socket/);
  assert.equal(await card.locator('.format').textContent(), 'bgra8unorm');
  const row = page.locator('#list tbody tr');
  await eventually(async () => /640 × 360/.test(await row.textContent()) && Number.parseFloat(await row.locator('td').nth(2).textContent()) > 5, 'the list has the size and rate');
  assert.deepEqual(page.trouble, []);
});

for (const [encoder, codec] of Object.entries({ h264: 'avc1.42E01F', vp9: 'vp09.00.10.08', vp8: 'vp8' })) {
  test(`a stream is shown as ${encoder}, within what compression loses`, { skip }, async (t) => {
    const here = await world(t);
    await here.publish('bars', '--pattern', 'smpte', '--size', '640x360', '--fps', '10');
    const { url, encoders } = await here.serve('--encoder', encoder);
    if (!encoders.includes(encoder)) return t.skip(`this geyser has no encoder for ${encoder}`);
    const page = await show(t, url);
    const possible = await run(page, '({ decodable }, codec) => decodable([codec])', codec);
    if (possible.length === 0) return t.skip(`this browser does not decode ${codec}`);
    await live(page, 'bars');
    const card = page.locator('.card[data-name="bars"]');
    await eventually(async () => (await card.locator('.format').textContent()).startsWith(codec.slice(0, 4)), 'the codec is named');
    const wanted = await here.snapshot('bars');
    let loss;
    await eventually(async () => {
      const shown = await cardPixels(page, 'bars');
      loss = difference(shown.bytes, wanted);
      return shown.width === 640 && shown.height === 360 && loss.mean < 4;
    }, `the picture is near enough`).catch((error) => assert.fail(`${error.message}: mean difference ${loss?.mean}, greatest ${loss?.most}`));
    assert.ok(loss.mean > 0, 'compression loses something: this came raw');
    t.diagnostic(`${encoder}: mean difference ${loss.mean.toFixed(2)}, greatest ${loss.most}`);
    assert.match(await card.locator('.path').textContent(), /compresses it, which loses detail/);
    assert.deepEqual(page.trouble, []);
  });
}

test('several streams are live at once; transport, hiding and keyboard; what it looks like', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('counter', '--pattern', 'counter', '--size', '640x360', '--fps', '15');
  await here.publish('gradient', '--pattern', 'gradient', '--size', '320x180', '--fps', '10');
  await here.publish('a name with "quotes" & <tags>', '--pattern', 'checker', '--size', '200x200', '--fps', '5');
  const { url } = await here.serve();
  const page = await show(t, url, { colorScheme: 'dark' });
  for (const name of ['counter', 'gradient']) await live(page, name);
  await eventually(async () => (await page.locator('.card[data-state="live"]').count()) === 3, 'three cards are live');
  assert.equal(await page.locator('.card h3').nth(0).isVisible(), true);
  assert.equal(await page.locator('tags').count(), 0, 'a name is text, not HTML');
  // By keyboard: from video to raw, and a card hidden and shown.
  const card = page.locator('.card[data-name="counter"]');
  await card.locator('input[value="video"]').focus();
  await page.keyboard.press('ArrowLeft');
  await eventually(async () => /pixels through a socket as they are/.test(await card.locator('.path').textContent()), 'the stream comes raw now');
  await live(page, 'counter');
  assert.notEqual(readCounter(await cardPixels(page, 'counter')), null);
  await eventually(async () => /ms/.test(await card.locator('.p95').textContent()), 'figures are shown');
  await screenshot(page, 'streams-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await page.locator('#send-start').click();
  await eventually(async () => /Frame \d+/.test(await page.locator('#send-state').textContent()), 'the page sends');
  await screenshot(page, 'streams-light');
  await page.locator('#send-stop').click();
  await page.setViewportSize({ width: 390, height: 800 });
  await screenshot(page, 'streams-narrow');
  assert.equal(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), true, 'a narrow window scrolls sideways');
  await page.getByRole('button', { name: 'Hide gradient' }).press('Enter');
  await eventually(async () => (await page.locator('.card[data-name="gradient"]').count()) === 0, 'the card is gone');
  await page.keyboard.press('Space'); // the focus is on the list's button
  await live(page, 'gradient');
  assert.deepEqual(page.trouble, []);
});

test('a stream that ends is said to have ended, and goes on in another size when it starts again', { skip }, async (t) => {
  const here = await world(t);
  const first = await here.publish('film', '--pattern', 'counter', '--size', '320x180', '--fps', '10');
  const { url } = await here.serve();
  const page = await show(t, `${url}&transport=raw`);
  await live(page, 'film');
  await first.stop();
  const card = page.locator('.card[data-name="film"]');
  await eventually(async () => /The stream has ended/.test(await card.locator('.cover').textContent()), 'the end is said');
  await screenshot(page, 'ended');
  await here.publish('film', '--pattern', 'counter', '--size', '256x144', '--fps', '10');
  await live(page, 'film');
  await eventually(async () => {
    const shown = await cardPixels(page, 'film');
    return shown.width === 256 && shown.height === 144 && readCounter(shown) !== null;
  }, 'the new stream is shown in its size');
  assert.match(await card.locator('.size').textContent(), /256 × 144/);
});

test('a publisher that dies and a server that restarts are both survived', { skip }, async (t) => {
  const here = await world(t);
  const publisher = await here.publish('film', '--pattern', 'counter', '--size', '320x180', '--fps', '10');
  const token = randomBytes(16).toString('hex');
  const server = await here.serve('--token', token);
  const page = await show(t, server.url);
  await live(page, 'film');
  await publisher.stop('SIGKILL');
  await here.publish('film', '--pattern', 'counter', '--size', '320x180', '--fps', '10');
  await eventually(async () => {
    const before = readCounter(await cardPixels(page, 'film'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const now = readCounter(await cardPixels(page, 'film'));
    return before !== null && now !== null && now > before;
  }, 'frames of the second publisher are shown');
  await server.stop();
  await page.locator('#connection[data-state="waiting"]').waitFor();
  await here.serve('--token', token, '--port', String(server.port));
  await page.locator('#connection[data-state="open"]').waitFor();
  await live(page, 'film');
});

test('a canvas of the page is a native stream, texel by texel, through a resize', { skip }, async (t) => {
  const here = await world(t);
  const { url } = await here.serve();
  const page = await show(t, url);
  for (const [width, height] of [
    [64, 48],
    [130, 33],
  ]) {
    const picture = randomBytes(width * height * 4);
    for (let i = 3; i < picture.length; i += 4) picture[i] = 255;
    await page.evaluate(
      `(async () => {
        const { connect } = await import('/geyser-web.js');
        const [width, height, base64] = ${JSON.stringify([width, height, picture.toString('base64')])};
        globalThis.native ??= await connect(location.href);
        globalThis.publisher ??= await native.publish('drawn');
        globalThis.canvas ??= document.createElement('canvas');
        canvas.width = width;
        canvas.height = height;
        const bytes = Uint8ClampedArray.from(atob(base64), (c) => c.charCodeAt(0));
        canvas.getContext('2d').putImageData(new ImageData(bytes, width, height), 0, 0);
        clearInterval(globalThis.timer);
        globalThis.failure = null;
        const send = async () => { try { await publisher.publish(canvas, { timestamp: 123456 }); } catch (error) { if (error.code !== 'invalid_state') globalThis.failure = error.message; } };
        await send();
        globalThis.timer = setInterval(send, 50);
      })()`,
    );
    const raw = await here.snapshot('drawn');
    assert.equal(await page.evaluate('failure'), null);
    assert.ok(raw.equals(picture), `${width}x${height}: a native reader has other texels than the canvas`);
    const png = await here.snapshot('drawn', 'png');
    assert.deepEqual([png.width, png.height], [width, height]);
    assert.ok(png.bytes.equals(picture), 'the PNG has other texels than the canvas');
  }
  const { name, transfer, descriptor } = await page.evaluate('({ name: publisher.name, transfer: publisher.transfer, descriptor: publisher.descriptor })');
  assert.deepEqual([name, transfer.transfer, descriptor.width], ['drawn', 'cpu', 130]);
  assert.match(transfer.why, /read back to memory of the CPU/);
  const found = await page.evaluate(`(async () => (await native.directory().find('drawn')) !== null)()`);
  assert.equal(found, true);
  const taken = await page.evaluate(`native.publish('drawn', { width: 8, height: 8 }).then(() => null, (error) => error.code + ': ' + error.message)`);
  assert.match(taken, /^invalid_state: /, 'a name that is taken is refused');
  await page.evaluate('clearInterval(timer); publisher.close()');
  await assert.rejects(here.snapshot('nobody publishes this'));
});

test('what the panel sends is what a native reader gets', { skip }, async (t) => {
  const here = await world(t);
  const { url } = await here.serve();
  const page = await show(t, url);
  await page.locator('#send-start:enabled').waitFor();
  await page.locator('#send-name').fill('from the panel');
  await page.locator('#send-size').selectOption('320x180');
  await page.locator('#send-fps').selectOption('5');
  await page.locator('#send-name').press('Enter');
  await eventually(async () => /Frame \d+/.test(await page.locator('#send-state').textContent()), 'frames are sent');
  const { bytes, width, height } = await here.snapshot('from the panel', 'png');
  assert.deepEqual([width, height], [320, 180]);
  assert.deepEqual([...bytes.subarray(0, 4)], [0xb4, 0xb4, 0xb4, 255]);
  assert.match(await page.locator('#send-state').textContent(), /This path copies/);
  await page.locator('#send-stop').click();
  await eventually(async () => /Stopped/.test(await page.locator('#send-state').textContent()), 'it stops');
  assert.deepEqual(page.trouble, []);
});

test('a server that takes no frames says so', { skip }, async (t) => {
  const here = await world(t);
  const { url } = await here.serve('--no-publish');
  const page = await show(t, url);
  await page.locator('#send-refused').waitFor();
  assert.equal(await page.locator('#send-start').isDisabled(), true);
  const refused = await run(page, `async ({ connect }) => { const server = await connect(location.href); try { await server.publish('x', { width: 8, height: 8 }); return 'published'; } catch (error) { return error.code; } }`);
  assert.equal(refused, 'unsupported_feature');
});

test('without the token, or with another one, there is no page and no connection', { skip }, async (t) => {
  const here = await world(t);
  const { url, port } = await here.serve();
  const page = await show(t, 'about:blank');
  for (const address of [`http://127.0.0.1:${port}/`, `http://127.0.0.1:${port}/?token=${'0'.repeat(32)}`]) {
    const answer = await page.goto(address);
    assert.equal(answer.status(), 403);
    assert.match(await page.locator('body').textContent(), /token/i);
  }
  await screenshot(page, 'bad-token');
  await page.goto(url);
  const refused = await run(page, `async ({ connect }, other) => { try { await connect(other, { timeout: 20000 }); return 'connected'; } catch (error) { return error.code + ': ' + error.message; } }`, `http://127.0.0.1:${port}/?token=${'0'.repeat(32)}`);
  assert.match(refused, /^invalid_argument: .*token/i);
});

test('a page of another origin is refused, and let in where the server was told of it', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('bars', '--pattern', 'smpte', '--size', '64x48', '--fps', '10');
  const foreign = await startFake();
  t.after(foreign.stop);
  const page = await show(t, `${foreign.origin}/empty`);
  const script = `async ({ connect }, url) => { try { const server = await connect(url, { timeout: 4000 }); const reader = await server.subscribe('bars', { transport: 'raw', connectTimeout: 10000 }); const frame = await reader.acquire(10000); const { width } = frame.info; frame.close(); await server.close(); return 'width ' + width; } catch (error) { return error.code; } }`;
  const closed = await here.serve();
  assert.match(await run(page, script, closed.url), /^(timed_out|invalid_argument)$/);
  const open = await here.serve('--allow-origin', foreign.origin);
  assert.equal(await run(page, script, open.url), 'width 64');
});

test('a reader that is refused is told why, by name', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('tiny', '--pattern', 'smpte', '--size', '8x8', '--fps', '10');
  const { url } = await here.serve('--encoder', 'none');
  const page = await show(t, url);
  const script = `async ({ connect }, [name, options]) => { const server = await connect(location.href); try { await server.subscribe(name, options); return 'subscribed'; } catch (error) { return error.code + ': ' + error.message; } finally { await server.close(); } }`;
  assert.match(await run(page, script, ['no such', { connectTimeout: 4000 }]), /^not_found: .*no such/);
  assert.match(await run(page, script, ['tiny', { transport: 'video' }]), /^unsupported_format: The server encodes none.*transport raw/);
  assert.match(await run(page, script, ['tiny', { transport: 'auto', connectTimeout: 10_000 }]), /^subscribed/);
  assert.match(await run(page, script, ['tiny', { window: 99 }]), /^invalid_argument: .*window/);
  assert.match(await run(page, script, ['', {}]), /^invalid_argument: /);
  assert.equal(await page.locator('.card input[value="video"]').isDisabled(), true);
});
