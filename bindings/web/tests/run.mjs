// `npm test`: builds the package, runs every *.test.mjs below this folder, and ends with a line like pytest's. Fails when fewer tests passed than
// there are known to be: a browser that does not start must not look like success. Arguments: parts of the file names to run only these.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const floor = 190; // raise it with the tests

const here = fileURLToPath(new URL('.', import.meta.url));
const wanted = process.argv.slice(2);
execFileSync(fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url)), ['-p', `${here}../tsconfig.build.json`], { stdio: 'inherit' });
mkdirSync(`${here}../artifacts`, { recursive: true });

const files = readdirSync(here, { recursive: true })
  .filter((file) => file.endsWith('.test.mjs') && (wanted.length === 0 || wanted.some((part) => file.includes(part))))
  .sort()
  .map((file) => here + file);

const started = performance.now();
const count = { passed: 0, failed: 0, skipped: 0 };
const events = run({ files, concurrency: 1, timeout: 600_000 }); // of a file; every wait in a test has a bound of its own
const isTest = ({ details }) => details?.type !== 'suite';
events.on('test:pass', (data) => {
  if (isTest(data)) count[data.skip === undefined || data.skip === false ? 'passed' : 'skipped']++;
});
events.on('test:fail', (data) => {
  if (isTest(data)) count.failed++;
});
events.compose(new spec()).pipe(process.stdout);
events.on('end', () => {
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const short = wanted.length === 0 && count.passed + count.skipped < floor;
  if (short) console.log(`\nonly ${count.passed} tests passed; there are at least ${floor}`);
  if (short) count.failed++;
  setImmediate(() => console.log(`\n=== ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped in ${seconds} s ===`));
  process.exitCode = count.failed === 0 && count.passed > 0 ? 0 : 1;
});
