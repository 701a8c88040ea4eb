// The addon in plain Node.js against real streams: what it says of a frame's memory, what it refuses, and that nothing leaks.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, fstatSync, readdirSync, readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { textureInfo } from '../../dist/electron/index.js';
import { skip as noServe, world } from './geyser.mjs';

const script = fileURLToPath(new URL('../../electron/native/build.mjs', import.meta.url));
const library = resolve(process.env.GEYSER_LIBRARY_DIR ?? fileURLToPath(new URL('../../../../build/dev/src/c', import.meta.url)));
const required = (process.env.GEYSER_TEST_REQUIRE ?? '').includes('electron');

let addon = null;
function build() {
  if (noServe) return noServe;
  if (!existsSync(`${library}/libgeyser.so`)) return `${library} has no libgeyser.so; set GEYSER_LIBRARY_DIR`;
  const made = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 120_000, env: { ...process.env, GEYSER_LIBRARY_DIR: library } });
  if (made.status !== 0) throw new Error(`the addon does not build: ${made.stderr}${made.stdout}`);
  addon = createRequire(import.meta.url)('../../electron/native/build/geyser_electron.node');
  return false;
}
const skip = build();
if (skip && required) throw new Error(`GEYSER_TEST_REQUIRE asks for electron, but ${skip}.`);

const descriptors = () => readdirSync('/proc/self/fd').length;

/** The stream's own runtime folder, which connect() is told of: this process' environment is another. */
const at = (here) => `${here.runtime}/geyser`;

async function frameOf(reader) {
  return reader.acquire(30_000);
}

test('frames in host memory are described, and their descriptor holds the pixels', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('bars', '--pattern', 'smpte', '--size', '100x60', '--fps', '20');
  const reader = await addon.connect({ name: 'bars', directory: at(here), device: 'host', connectTimeout: 30_000 });
  const frame = await frameOf(reader);
  assert.deepEqual([frame.width, frame.height, frame.format, frame.memory, frame.transport], [100, 60, 'rgba8_unorm', 'shared_memory', 'zero_copy']);
  assert.ok(frame.number >= 1 && frame.generation === 1 && frame.published > 0);
  assert.equal(frame.modifier, 0n);
  assert.equal(frame.handleCount, 1);
  assert.equal(frame.planes.length, 1);
  const [plane] = frame.planes;
  assert.deepEqual([plane.fd, plane.offset, plane.stride], [frame.handles[0], 0, 400]);
  assert.ok(plane.size >= 24000 && plane.size === frame.allocationSize);
  const seen = Buffer.alloc(24000, 0xa5);
  readSync(plane.fd, seen, 0, seen.length, plane.offset);
  assert.ok(seen.equals(await here.snapshot('bars')), 'the descriptor holds other pixels than a reader sees');
  assert.throws(() => textureInfo(frame, 'linux'), { code: 'unsupported_handle', message: /^shared_memory cannot go to Electron: it takes dma_buf/ });
  frame.release();
  assert.throws(() => fstatSync(plane.fd), { code: 'EBADF' }, 'the descriptor outlives its frame');
  frame.release();
  reader.close();
});

test('planar frames have a plane of memory each', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('film', '--pattern', 'smpte', '--size', '64x32', '--format', 'nv12', '--fps', '20');
  const reader = await addon.connect({ name: 'film', directory: at(here), device: 'host', connectTimeout: 30_000 });
  const frame = await frameOf(reader);
  assert.equal(frame.format, 'nv12');
  assert.deepEqual(frame.planes.map(({ offset, stride }) => [offset, stride]), [[0, 64], [frame.planes[1].offset, 64]]);
  assert.equal(frame.planes[0].size, frame.planes[1].offset, 'the first reaches to the second');
  frame.release();
  reader.close();
});

test('frames of a Vulkan device come as what its driver shares, and Electron is told what it cannot take', { skip }, async (t) => {
  const here = await world(t);
  let publisher;
  try {
    publisher = await here.publishOn('llvmpipe', 'gpu', '--pattern', 'smpte', '--size', '100x60', '--fps', '10');
  } catch (error) {
    return t.skip(`no lavapipe here: ${error.message.split('\n')[0]}`);
  }
  assert.equal(publisher.backend, 'vulkan');
  const reader = await addon.connect({ name: 'gpu', directory: at(here), connectTimeout: 30_000 });
  const frame = await frameOf(reader);
  assert.deepEqual([frame.memory, frame.transport, frame.handleCount], ['opaque_fd', 'zero_copy', 1]);
  assert.ok(fstatSync(frame.handles[0]).size >= 0);
  assert.deepEqual(frame.planes, [], 'where texels lie in it is the secret of the driver');
  assert.throws(() => textureInfo(frame, 'linux'), { code: 'unsupported_handle', message: /^opaque_fd cannot go to Electron: it takes dma_buf/ });
  frame.release();
  reader.close();
});

test('what is asked wrongly is refused by name', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('bars', '--pattern', 'smpte', '--size', '32x32', '--fps', '30');
  const directory = at(here);
  for (const wrong of [undefined, 7, 'bars', { name: 7 }, { name: 'bars', device: 'toaster' }, { name: 'bars', maxHeld: 9 }, { name: 'bars', connectTimeout: -1 }, { name: 'x'.repeat(5000) }])
    assert.throws(() => addon.connect(wrong), { code: 'invalid_argument' });
  await assert.rejects(addon.connect({ name: '', directory, device: 'host' }), { code: 'invalid_argument' });
  await assert.rejects(addon.connect({ name: 'nobody', directory, device: 'host', connectTimeout: 100 }), { code: 'not_found', message: /nobody/ });
  const reader = await addon.connect({ name: 'bars', directory, device: 'host', maxHeld: 2, connectTimeout: 30_000 });
  assert.throws(() => reader.acquire('soon'), { code: 'invalid_argument' });
  const waiting = reader.acquire(30_000);
  assert.throws(() => reader.acquire(1000), { code: 'invalid_state', message: /one at a time/ });
  const held = [await waiting, await frameOf(reader)];
  await assert.rejects(frameOf(reader), { code: 'limit_exceeded', message: /release one/ });
  const { release } = held[0];
  assert.throws(() => release.call({}), { code: 'invalid_argument' });
  for (const frame of held) frame.release();
  (await frameOf(reader)).release();
  reader.close();
  assert.throws(() => reader.acquire(1000), { code: 'invalid_state', message: /closed/ });
  reader.close();
});

test('a reader closed while it waits, and frames that outlive it', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('bars', '--pattern', 'smpte', '--size', '32x32', '--fps', '5');
  const reader = await addon.connect({ name: 'bars', directory: at(here), device: 'host', connectTimeout: 30_000 });
  const frame = await frameOf(reader);
  const waiting = reader.acquire(30_000);
  reader.close();
  const other = await waiting;
  const seen = Buffer.alloc(16);
  readSync(frame.planes[0].fd, seen, 0, 16, 0);
  assert.ok(seen.some((byte) => byte !== 0));
  frame.release();
  other.release();
});

test('three hundred frames, twenty readers and frames that were forgotten leave no descriptor behind', { skip }, async (t) => {
  const here = await world(t);
  await here.publish('counter', '--pattern', 'counter', '--size', '64x48', '--fps', '500');
  const round = async (frames) => {
    const reader = await addon.connect({ name: 'counter', directory: at(here), device: 'host', maxHeld: 3, connectTimeout: 30_000 });
    for (let i = 0; i < frames; i++) (await frameOf(reader)).release();
    const abroad = await frameOf(reader);
    reader.close();
    abroad.release();
  };
  await round(10); // what a first use opens for good
  const before = descriptors();
  await round(300);
  for (let i = 0; i < 20; i++) await round(1);
  await (async () => {
    const reader = await addon.connect({ name: 'counter', directory: at(here), device: 'host', maxHeld: 2, connectTimeout: 30_000 });
    await frameOf(reader); // neither is closed: the garbage collector does it
  })();
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const until = Date.now() + 30_000;
  while (descriptors() > before && Date.now() < until) {
    await new Promise((tick) => setTimeout(tick, 50));
    collect();
  }
  assert.ok(descriptors() <= before, `${before} descriptors before, ${descriptors()} afterwards`);
});
