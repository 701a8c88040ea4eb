// `npm run bench`: prints a table of latency and CPU time per frame. The two ways take turns, so that a machine that is busy is so for both.
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

import { chromium } from 'playwright-core';

import { flags } from '../tests/support/browser.mjs';
import { serve } from '../tests/support/server.mjs';

const sizes = { '720p': [1280, 720, 8], '1080p': [1920, 1080, 6], '4K': [3840, 2160, 3] }; // frames per round
const rounds = 2;

const server = await serve();
const host = await chromium.launchServer({ executablePath: process.env.GEYSER_CHROMIUM ?? '/usr/bin/chromium', headless: true, args: flags });
const browser = await chromium.connect(host.wsEndpoint());
const page = await browser.newPage();
page.on('pageerror', (error) => console.error(error.message));
await page.goto(`${server.url}bench/page.html`);
await page.waitForFunction(() => globalThis.bench !== undefined);

// CPU time of the browser and all its children, in milliseconds (Linux: clock ticks of 10 ms).
function cpuTime() {
  const parents = new Map();
  const times = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      parents.set(Number(pid), Number(fields[1]));
      times.set(Number(pid), (Number(fields[11]) + Number(fields[12])) * 10);
    } catch {
      // ended meanwhile
    }
  }
  const top = host.process().pid;
  const isOurs = (pid) => pid === top || (parents.has(pid) && parents.get(pid) > 1 && isOurs(parents.get(pid)));
  return [...times].reduce((sum, [pid, time]) => sum + (isOurs(pid) ? time : 0), 0);
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const cell = (value) => value.toFixed(1).padStart(7);
console.log(`${cpus().length} cores (${cpus()[0].model}), load ${loadavg()[0].toFixed(1)} at the start; ${browser.version()}; software rendering (SwiftShader)`);
console.log('\n| producer | size | stream: latency, ms | CPU, ms/frame | bytes: latency, ms | CPU, ms/frame |\n|---|---|---|---|---|---|');
for (const kind of await page.evaluate(() => globalThis.bench.kinds)) {
  for (const [size, [width, height, count]] of Object.entries(sizes)) {
    await page.evaluate(([k, w, h]) => globalThis.bench.prepare(k, w, h), [kind, width, height]);
    const result = { stream: { latency: [], cpu: 0 }, bytes: { latency: [], cpu: 0 } };
    for (const way of ['stream', 'bytes']) await page.evaluate(([w]) => globalThis.bench.measure(w, 1), [way]); // warm
    for (let round = 0; round < rounds; round++) {
      for (const way of round % 2 === 0 ? ['stream', 'bytes'] : ['bytes', 'stream']) {
        const before = cpuTime();
        result[way].latency.push(...(await page.evaluate(([w, n]) => globalThis.bench.measure(w, n), [way, count])));
        result[way].cpu += cpuTime() - before;
      }
    }
    const row = ['stream', 'bytes'].flatMap((way) => [median(result[way].latency), result[way].cpu / (rounds * count)]);
    console.log(`| ${kind} | ${size} | ${row.map(cell).join(' | ')} |`);
  }
}
console.log(`\nload ${loadavg()[0].toFixed(1)} at the end`);
await browser.close();
await host.close();
await server.close();
