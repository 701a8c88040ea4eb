// The helper for Electron against a fake of Electron's API (it was never run in Electron): what is refused, and when frames go back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { receive, textureInfo, TextureForwarder } from '../../dist/electron/index.js';
import { eventually } from './browser.mjs';

/** A native frame, as the addon gives them; counts its releases. */
function nativeFrame(number, more = {}) {
  return {
    number,
    generation: 1,
    skipped: 0,
    published: number * 1000,
    timestamp: number * 1000,
    width: 64,
    height: 48,
    format: 'rgba8_unorm',
    memory: 'dma_buf',
    transport: 'zero_copy',
    modifier: 0x0300000000e08014n,
    planes: [{ fd: 70 + number, offset: 256, stride: 512, size: 24576 }],
    handles: [70 + number],
    releases: 0,
    release() {
      this.releases++;
    },
    ...more,
  };
}

/** Electron's two halves: a texture is released when the main process and the renderer both are done with it. */
class FakeElectron {
  imports = [];
  receiver = null;
  failSend = null;

  importSharedTexture({ textureInfo: info, allReferencesReleased }) {
    const texture = { info, references: 1, allReferencesReleased, closed: 0 };
    texture.drop = () => {
      assert.ok(texture.references > 0, 'a reference is released twice');
      if (--texture.references === 0) allReferencesReleased();
    };
    texture.handle = { texture, release: () => texture.drop() };
    this.imports.push(texture);
    return texture.handle;
  }

  async sendSharedTexture({ importedSharedTexture: { texture } }, ...extra) {
    if (this.failSend !== null) throw this.failSend;
    texture.references++;
    const getVideoFrame = () => ({ close: () => texture.closed++ });
    await this.receiver({ importedSharedTexture: { getVideoFrame, release: () => texture.drop() } }, ...extra);
  }

  setSharedTextureReceiver(callback) {
    this.receiver = callback;
  }
}

/** A reader that gives these frames, then nothing new. */
function reader(frames) {
  const waiting = [...frames];
  return {
    closed: false,
    async acquire() {
      await new Promise((resolve) => setTimeout(resolve, 5));
      const frame = waiting.shift();
      if (frame === undefined) throw Object.assign(new Error('nothing came'), { code: 'timed_out' });
      return frame;
    },
    close() {
      this.closed = true;
    },
  };
}

const options = { stream: 'film', platform: 'linux' };

test('a dma_buf is described as Electron wants it', () => {
  const info = textureInfo(nativeFrame(1), 'linux');
  assert.deepEqual(info, {
    pixelFormat: 'rgba',
    codedSize: { width: 64, height: 48 },
    timestamp: 1000,
    handle: {
      nativePixmap: { planes: [{ fd: 71, offset: 256, stride: 512, size: 24576 }], modifier: '216172782128496660', supportsZeroCopyWebGpuImport: false },
    },
  });
  const planes = [
    { fd: 5, offset: 0, stride: 64, size: 3072 },
    { fd: 5, offset: 3072, stride: 64, size: 1536 },
  ];
  const nv12 = textureInfo(nativeFrame(1, { format: 'nv12', planes }), 'linux', true);
  assert.equal(nv12.pixelFormat, 'nv12');
  assert.equal(nv12.handle.nativePixmap.supportsZeroCopyWebGpuImport, true);
  for (const [given, taken] of Object.entries({ bgra8_unorm: 'bgra', rgba16_float: 'rgbaf16' })) assert.equal(textureInfo(nativeFrame(1, { format: given }), 'linux').pixelFormat, taken);
});

const refusals = {
  'opaque_fd cannot go to Electron: it takes dma_buf': [{ memory: 'opaque_fd' }, 'linux', 'unsupported_handle'],
  'shared_memory cannot go to Electron: it takes dma_buf': [{ memory: 'shared_memory' }, 'linux', 'unsupported_handle'],
  'On win32 Electron takes a Direct3D texture handle': [{}, 'win32', 'unsupported_handle'],
  'On darwin Electron takes io_surface': [{}, 'darwin', 'unsupported_handle'],
  'On plan9 Electron takes nothing': [{}, 'plan9', 'unsupported_handle'],
  'The stream has the format r8_unorm; Electron imports rgba8_unorm': [{ format: 'r8_unorm' }, 'linux', 'unsupported_format'],
  'The frame has 0 planes of memory': [{ planes: [] }, 'linux', 'protocol_error'],
  'The frame has 1 planes of memory, and nv12 needs 2': [{ format: 'nv12' }, 'linux', 'protocol_error'],
  'A plane of the frame has fd -1': [{ planes: [{ fd: -1, offset: 0, stride: 4, size: 4 }] }, 'linux', 'protocol_error'],
  'stride 0 and': [{ planes: [{ fd: 3, offset: 0, stride: 0, size: 4 }] }, 'linux', 'protocol_error'],
};
for (const [words, [more, platform, code]] of Object.entries(refusals)) {
  test(`what cannot go to Electron is refused: ${words}`, async () => {
    assert.throws(() => textureInfo(nativeFrame(1, more), platform), (error) => error.code === code && error.message.includes(words));
    // The forwarder ends with the same error, and the frame goes back.
    const frame = nativeFrame(1, more);
    const fake = new FakeElectron();
    const forwarder = new TextureForwarder(fake, reader([frame]), {}, { ...options, platform });
    await assert.rejects(forwarder.run(), (error) => error.code === code && error.message.includes(words));
    assert.deepEqual([frame.releases, fake.imports.length, forwarder.statistics.held], [1, 0, 0]);
  });
}

test('a frame goes back when every reference to it is released, and not before', async (t) => {
  const frames = [1, 2, 3, 4, 5].map((number) => nativeFrame(number));
  const fake = new FakeElectron();
  const subscriber = receive(fake, 'film');
  const forwarder = new TextureForwarder(fake, reader(frames), { name: 'the window' }, { ...options, inFlight: 2 });
  t.after(() => forwarder.close());
  const running = forwarder.run();
  const first = await subscriber.acquire(5000);
  assert.deepEqual([first.info.number, first.info.width, first.info.format, first.transfer.transfer], [1, 64, 'rgba8unorm', 'zero-copy']);
  assert.equal(first.transferOf('external-texture').transfer, 'gpu', 'RGBA is copied once on the GPU when it is imported');
  await eventually(() => forwarder.statistics.sent === 2, 'the second frame is sent');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual([forwarder.statistics.held, fake.imports.length], [2, 2], 'no more than two are out');
  assert.equal(frames[0].releases, 0, 'the first is still held');
  first.close();
  assert.deepEqual([frames[0].releases, fake.imports[0].closed], [1, 1]);
  // The reader that takes nothing more lets newer frames replace the one that waits; each goes back once.
  await eventually(() => forwarder.statistics.sent === 5, 'all are sent');
  assert.deepEqual(frames.slice(0, 4).map((frame) => frame.releases), [1, 1, 1, 1]);
  const last = await subscriber.acquire(5000);
  assert.deepEqual([last.info.number, last.info.skipped], [5, 3]);
  last.close();
  assert.equal(frames[4].releases, 1);
  await subscriber.close();
  forwarder.close();
  await running;
  assert.deepEqual([forwarder.statistics.held, fake.imports.every((each) => each.references === 0)], [0, true]);
});

test('a renderer that is gone costs the frame, not the stream', async () => {
  const frames = [nativeFrame(1), nativeFrame(2)];
  const fake = new FakeElectron();
  fake.failSend = new Error('the frame was disposed');
  const told = [];
  const forwarder = new TextureForwarder(fake, reader(frames), {}, { ...options, onError: (error) => told.push(error.message) });
  const running = forwarder.run();
  await eventually(() => told.length === 2, 'both failures are told');
  assert.deepEqual(frames.map((frame) => frame.releases), [1, 1]);
  assert.deepEqual(forwarder.statistics, { sent: 0, failed: 2, held: 0 });
  forwarder.close();
  await running;
});

test('an import that fails gives the frame back', async () => {
  const frame = nativeFrame(1);
  const fake = new FakeElectron();
  fake.importSharedTexture = () => {
    throw new TypeError('bad planes');
  };
  const told = [];
  const forwarder = new TextureForwarder(fake, reader([frame]), {}, { ...options, onError: (error) => told.push(error.message) });
  const running = forwarder.run();
  await eventually(() => told.length === 1, 'the failure is told');
  assert.deepEqual([frame.releases, forwarder.statistics.held, told[0]], [1, 0, 'bad planes']);
  forwarder.close();
  await running;
});

test('what another sender sends is not taken for a frame of the stream', async () => {
  const fake = new FakeElectron();
  const subscriber = receive(fake, 'film');
  const releases = [];
  for (const [i, sent] of [undefined, null, {}, { stream: 'other' }, { stream: 'film', number: -1 }, { stream: 'film', number: 1, generation: 1, timestamp: 0, width: 1e9, height: 1, format: 'rgba8_unorm' }].entries()) {
    await fake.receiver({ importedSharedTexture: { getVideoFrame: () => assert.fail('nobody may look at it'), release: () => releases.push(i) } }, sent);
  }
  assert.deepEqual(releases, [0, 1, 2, 3, 4, 5]);
  assert.equal(subscriber.statistics.malformed, 6);
  await assert.rejects(subscriber.acquire(10), { code: 'timed_out' });
  await subscriber.close();
});

test('options out of range are refused', () => {
  for (const inFlight of [0, 5, 1.5]) assert.throws(() => new TextureForwarder(new FakeElectron(), reader([]), {}, { ...options, inFlight }), { code: 'invalid_argument' });
});
