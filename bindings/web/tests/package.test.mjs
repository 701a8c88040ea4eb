// The package as it is published: what it holds, that it says what the library says, and that its build runs and is typed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import * as built from 'geyser-web';
import { launch } from './support/browser.mjs';
import { serve } from './support/server.mjs';

const here = fileURLToPath(new URL('..', import.meta.url));
const text = (path) => readFileSync(new URL(path, import.meta.url), 'utf8');
const manifest = JSON.parse(text('../package.json'));

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

it('needs nothing at run time, and its lock file names no host', () => {
  assert.equal(manifest.dependencies, undefined);
  assert.equal(manifest.peerDependencies, undefined);
  for (const [name, version] of Object.entries(manifest.devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  const lock = text('../package-lock.json');
  assert.ok(!lock.includes('"resolved"') && !/https?:\/\/(?!github|opencollective|tidelift|www\.|feross|paypal)[a-z.]*(npm|registry)/.test(lock));
  const { packages } = JSON.parse(lock);
  for (const [path, entry] of Object.entries(packages)) if (path !== '') assert.match(entry.integrity ?? '', /^sha512-/, path);
});

it('has the version of the library', () => {
  const [, version] = /VERSION (\d+\.\d+\.\d+)/.exec(text('../../../CMakeLists.txt'));
  assert.equal(manifest.version, version);
});

it("has the library's error names, all of them, and only format names that it knows", () => {
  const [, body] = /enum class Errc : std::uint16_t \{([^}]*)\}/.exec(text('../../../include/geyser/error.hpp'));
  const names = [...body.matchAll(/^\s*([a-z_]+)\s*(?:=\s*1)?,/gm)].map(([, name]) => name);
  assert.ok(names.length > 10);
  assert.deepEqual([...built.errorCodes], names);
  const [, formats] = /enum class TextureFormat : std::uint16_t \{([\s\S]*?)\n\};/.exec(text('../../../include/geyser/format.hpp'));
  const known = new Set([...formats.matchAll(/\b([a-z][a-z0-9_]+)\b/g)].map(([, name]) => name.replace('_srgb', '-srgb').replaceAll('_', '')));
  for (const format of built.textureFormats) assert.ok(known.has(format.replace('unorm-srgb', '-srgb')) || known.has(format), format);
});

it('holds what it exports, types and a README, and nothing else', () => {
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: here, stdio: ['ignore', 'pipe', 'ignore'] }));
  const paths = new Set(files.map(({ path }) => path));
  for (const { types, default: code } of Object.values(manifest.exports)) {
    assert.ok(paths.has(types.slice(2)), types);
    assert.ok(paths.has(code.slice(2)), code);
  }
  assert.ok(paths.has('README.md') && paths.has('docs/guide.md'));
  for (const path of paths) assert.match(path, /^(dist|docs)\/|^README\.md$|^package\.json$/);
});

it('can be imported where there is no browser, and refuses there', async () => {
  assert.throws(() => built.pageTransport(), (error) => error instanceof built.GeyserError && error.code === 'unsupported_feature');
});

it('is typed for a strict program', () => {
  const folder = mkdtempSync(`${here}artifacts/types-`);
  try {
    writeFileSync(`${folder}/program.ts`, `
      import { publish, subscribe, GeyserError, type ReadFrame, type TransferReport } from 'geyser-web';
      export async function both(gl: WebGL2RenderingContext, device: GPUDevice): Promise<TransferReport> {
        await using publisher = await publish('typed', { pacing: 'queue', ring: 4 });
        const number: number = await publisher.publish(gl, { timestamp: 5, metadata: { a: [1, null, 'x'] } });
        await using subscriber = await subscribe('typed');
        for await (const frame of subscriber) {
          using held: ReadFrame = frame;
          held.toExternalTexture(device);
          if (held.info.number === number) return held.transferOf('external-texture');
        }
        throw new GeyserError('timed_out', 'none');
      }
      // @ts-expect-error no such pacing
      void publish('x', { pacing: 'fast' });
      // @ts-expect-error no such code
      void new GeyserError('broken', '');
      // @ts-expect-error a date is no metadata
      void publish('x').then((p) => p.publish(new ImageData(1, 1), { metadata: { when: new Date() } }));
    `);
    writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({
      compilerOptions: { strict: true, module: 'nodenext', target: 'es2022', lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'], types: [], noEmit: true, exactOptionalPropertyTypes: true },
      include: ['*.ts'],
    }));
    execFileSync(`${here}node_modules/.bin/tsc`, ['-p', folder], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  } catch (error) {
    assert.fail(error.stdout || error.message);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('runs as it was built, with its own broker between two tabs', async () => {
  const context = await browser.newContext();
  const tab = async () => {
    const page = await context.newPage();
    await page.goto(`${server.url}tests/browser/empty.html`);
    await page.evaluate(async () => {
      globalThis.geyser = await import('/dist/index.js');
      globalThis.geyser.start({ broker: new SharedWorker('/dist/broker.js', { type: 'module' }) });
    });
    return page;
  };
  const [one, two] = [await tab(), await tab()];
  await one.evaluate(async () => {
    const canvas = new OffscreenCanvas(8, 8);
    const gl = canvas.getContext('webgl2');
    gl.clearColor(1, 0.2, 0, 1);
    gl.clear(gl.COLOR_BUFFER_BIT);
    const publisher = await globalThis.geyser.publish('built');
    await publisher.publish(gl);
  });
  const bytes = await two.evaluate(async () => {
    const subscriber = await globalThis.geyser.subscribe('built', { connectTimeout: 20000 });
    const frame = await subscriber.acquire(10000);
    const all = await frame.readBack();
    frame.close();
    return [...all.slice(0, 4), all.length];
  });
  assert.deepEqual(bytes, [255, 51, 0, 255, 256]);
});
