// Makes tools/geyser/page/geyser-web.js of src/native. `--check`: says whether it is what the sources give, and changes nothing.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const target = fileURLToPath(new URL('../../tools/geyser/page/geyser-web.js', import.meta.url));
const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
  entryPoints: ['src/native/index.ts'],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  charset: 'utf8',
  write: false,
  banner: { js: '// Made from bindings/web/src by `npm run bundle`; do not edit.' },
});
const made = outputFiles[0].text;
if (process.argv.includes('--check')) {
  const there = await readFile(target, 'utf8').catch(() => '');
  if (there !== made) {
    console.error('tools/geyser/page/geyser-web.js is not what bindings/web/src gives; run `npm run bundle` in bindings/web and commit it.');
    process.exit(1);
  }
} else {
  await writeFile(target, made);
}
