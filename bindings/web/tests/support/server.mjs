// A static server on 127.0.0.1 for the package's folder: .js is made from .ts where there is one, nothing outside the folder is served.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

import { transform } from 'esbuild';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.map': 'application/json' };
const made = new Map();

async function load(path) {
  const whole = join(root, path);
  if (!whole.startsWith(root)) return null;
  if (extname(path) === '.js' && !path.startsWith('dist/')) {
    const source = whole.replace(/\.js$/, '.ts');
    const text = await readFile(source, 'utf8').catch(() => null);
    if (text !== null) {
      if (!made.has(source)) made.set(source, (await transform(text, { loader: 'ts', format: 'esm', target: 'es2022', sourcefile: source, sourcemap: 'inline' })).code);
      return made.get(source);
    }
  }
  return readFile(whole).catch(() => null);
}

/** Serves with or without cross-origin isolation, and with a Content-Security-Policy where one is given. */
export async function serve({ isolated = true, policy } = {}) {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)).replace(/^\/+/, '');
    const body = request.method === 'GET' ? await load(path) : null;
    if (isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (policy !== undefined) response.setHeader('Content-Security-Policy', policy);
    response.setHeader('Cache-Control', 'no-store');
    if (body === null) {
      response.writeHead(path === 'favicon.ico' ? 204 : 404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream' }).end(body);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}
