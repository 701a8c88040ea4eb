// Real processes of the CLI, in a runtime folder of their own: publishers, servers, snapshots. All are gone when the test is over.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inflateSync } from 'node:zlib';
import { patience } from './browser.mjs';

export const program = process.env.GEYSER_CLI ?? '';
const required = (process.env.GEYSER_TEST_REQUIRE ?? '').includes('serve');

function canServe() {
  if (program === '') return 'GEYSER_CLI names no geyser program';
  const asked = spawnSync(program, ['serve', '--help'], { encoding: 'utf8', timeout: patience });
  return asked.status === 0 && /--allow-origin/.test(asked.stdout) ? false : `${program} has no verb serve (exit code ${asked.status})`;
}
const missing = canServe();
if (missing && required) throw new Error(`GEYSER_TEST_REQUIRE asks for serve, but ${missing}.`);
/** What node:test takes: false, or why these tests are skipped. */
export const skip = missing;

/** A folder of streams for one test. */
export async function world(t) {
  const runtime = await mkdtemp(join(tmpdir(), 'geyser-web-'));
  const env = { ...process.env, XDG_RUNTIME_DIR: runtime };
  const children = new Set();
  t.after(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all([...children].map((child) => child.over));
    await rm(runtime, { recursive: true, force: true });
  });

  /** Starts a verb that says in JSON that it has started; gives the child and what it said. */
  async function start(...words) {
    const child = spawn(program, [...words, '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    children.add(child);
    let complaints = '';
    child.stderr.on('data', (text) => (complaints += text));
    child.over = new Promise((resolve) => child.on('close', resolve));
    const lines = createInterface({ input: child.stdout });
    const first = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`geyser ${words.join(' ')} says nothing: ${complaints}`)), patience);
      lines.once('line', (line) => (clearTimeout(timer), resolve(line)));
      child.once('close', () => (clearTimeout(timer), reject(new Error(`geyser ${words.join(' ')} ended: ${complaints}`))));
    });
    const event = JSON.parse(first);
    if (event.event !== 'started') throw new Error(`geyser ${words.join(' ')} said ${first}`);
    const stop = async (signal = 'SIGINT') => {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), patience);
      const code = await child.over;
      clearTimeout(timer);
      children.delete(child);
      return code;
    };
    return { ...event, child, stop, complaints: () => complaints };
  }

  return {
    runtime,
    env,
    publish: (name, ...words) => start('publish', name, '--device', 'host', ...words),
    publishOn: (device, name, ...words) => start('publish', name, '--device', device, ...words),
    serve: (...words) => start('serve', '--device', 'host', ...words),
    /** A stream's newest frame, by another reader than the one under test: bytes of the raw file, or the decoded PNG. */
    async snapshot(name, kind = 'raw') {
      const file = join(runtime, `snapshot.${kind}`);
      const child = spawn(program, ['snapshot', name, file, '--device', 'host', '--timeout', '30'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      children.add(child);
      let complaints = '';
      child.stderr.on('data', (text) => (complaints += text));
      const code = await new Promise((resolve) => child.on('close', resolve));
      children.delete(child);
      if (code !== 0) throw new Error(`geyser snapshot ${name} ends with ${code}: ${complaints}`);
      const bytes = await readFile(file);
      return kind === 'png' ? readPng(bytes) : bytes;
    },
  };
}

/** RGBA of an 8-bit RGBA PNG, by other code than the program's. */
export function readPng(data) {
  let at = 8;
  let width = 0;
  let height = 0;
  const packed = [];
  while (at < data.length) {
    const size = data.readUInt32BE(at);
    const kind = data.toString('latin1', at + 4, at + 8);
    const body = data.subarray(at + 8, at + 8 + size);
    if (kind === 'IHDR') {
      width = body.readUInt32BE(0);
      height = body.readUInt32BE(4);
      if (body[8] !== 8 || body[9] !== 6) throw new Error('the PNG is not 8-bit RGBA');
    }
    if (kind === 'IDAT') packed.push(body);
    at += 12 + size;
  }
  const raw = inflateSync(Buffer.concat(packed));
  const row = width * 4;
  const out = Buffer.alloc(row * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)];
    for (let x = 0; x < row; x++) {
      const a = x >= 4 ? out[y * row + x - 4] : 0;
      const b = y > 0 ? out[(y - 1) * row + x] : 0;
      const c = x >= 4 && y > 0 ? out[(y - 1) * row + x - 4] : 0;
      const p = a + b - c;
      const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
      const paeth = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      const added = [0, a, b, (a + b) >> 1, paeth][filter];
      out[y * row + x] = (raw[y * (row + 1) + 1 + x] + added) & 255;
    }
  }
  return { width, height, bytes: out };
}

/** The number in the cells of the pattern `counter`; null when there is none, or when it is damaged. */
export function readCounter({ bytes, width, height }) {
  const cell = Math.max(1, Math.min(Math.floor(width / 64), Math.floor(height / 24)));
  const rows = [];
  for (let row = 0; row < 6; row++) {
    let bits = 0;
    for (let column = 0; column < 16; column++) {
      const at = 4 * ((row * cell + (cell >> 1)) * width + column * cell + (cell >> 1));
      bits = (bits << 1) | (bytes[at] >= 160 ? 1 : 0);
    }
    rows.push(bits);
  }
  let crc = 0xffff;
  for (const word of rows.slice(1, 5)) {
    for (const byte of [word >> 8, word & 255]) {
      crc ^= byte << 8;
      for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  if (rows[0] !== 0b1010110011110000 || rows[5] !== crc) return null;
  return rows.slice(1, 5).reduce((number, word) => number * 65536 + word, 0);
}

/** Mean and greatest difference of the colour channels of two RGBA pictures. */
export function difference(a, b) {
  let sum = 0;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (i % 4 === 3) continue;
    const d = Math.abs(a[i] - b[i]);
    sum += d;
    most = Math.max(most, d);
  }
  return { mean: sum / ((a.length / 4) * 3), most };
}
