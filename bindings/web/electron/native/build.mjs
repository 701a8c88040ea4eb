// Builds the addon with the system's C++ compiler. Linux; macOS compiled never. GEYSER_LIBRARY_DIR: the folder of libgeyser.so (or .dylib);
// GEYSER_INCLUDE_DIR: the folder with geyser/geyser.h. Both default to this source tree and its build/dev.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../../../..');
const include = resolve(process.env.GEYSER_INCLUDE_DIR ?? join(root, 'include'));
const library = resolve(process.env.GEYSER_LIBRARY_DIR ?? join(root, 'build/dev/src/c'));
const headers = join(dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')), 'include');
const apple = process.platform === 'darwin';

if (process.platform === 'win32') {
  console.error('The addon is written for POSIX systems: on Windows it needs a CMake project of its own, which there is not yet.');
  process.exit(1);
}
if (!existsSync(join(library, apple ? 'libgeyser.dylib' : 'libgeyser.so'))) {
  console.error(`${library} has no libgeyser; build the library, or set GEYSER_LIBRARY_DIR to the folder that has it.`);
  process.exit(1);
}
const out = join(here, 'build', 'geyser_electron.node');
mkdirSync(dirname(out), { recursive: true });
const done = spawnSync(
  process.env.CXX ?? 'c++',
  [
    ...['-std=c++20', '-O2', '-g', '-fPIC', '-shared', '-fvisibility=hidden', '-fno-exceptions'],
    ...['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Wconversion', '-Werror'],
    ...['-DNAPI_VERSION=8', `-I${include}`, '-isystem', headers],
    ...['addon.cpp', 'reader.cpp', 'values.cpp'].map((name) => join(here, name)),
    ...[`-L${library}`, '-lgeyser', `-Wl,-rpath,${library}`, ...(apple ? ['-undefined', 'dynamic_lookup'] : [])],
    ...['-o', out],
  ],
  { stdio: 'inherit' },
);
process.exit(done.status ?? 1);
