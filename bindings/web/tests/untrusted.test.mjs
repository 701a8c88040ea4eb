// What other contexts say is checked: malformed messages are counted, have no effect, and leak no picture.
import assert from 'node:assert/strict';
import { after, before, beforeEach, it } from 'node:test';

import { open, until } from './support/agents.mjs';
import { launch } from './support/browser.mjs';
import { serve } from './support/server.mjs';

let server;
let browser;
let page;
let name;
let count = 0;
before(async () => {
  server = await serve();
  browser = await launch();
  page = await open(await browser.newContext(), server.url);
  await page.do('list');
});
beforeEach(() => {
  name = `untrusted ${++count}`;
});
after(async () => {
  await browser?.close();
  await server?.close();
});

const small = (seed) => ({ producer: 'imagedata', seed, width: 16, height: 8 });

async function works() {
  const own = `${name} works`;
  await page.do('publish', own);
  await page.do('subscribe', own);
  await page.do('paint', own, small(3));
  const { handle } = await page.do('acquire', own);
  assert.equal((await page.do('consume', handle, 'readback', 3)).texels, 0);
  await page.do('closeFrame', handle);
  await page.do('endSubscriber', own);
  await page.do('endPublisher', own);
}

for (const what of ['broadcast', 'hello', 'link']) {
  it(`malformed words by way of ${what}`, async () => {
    const before = await page.do('malformed');
    const said = await page.do('rogue', what, name);
    assert.ok(said > 3);
    await until(async () => (await page.do('malformed')) >= before + said, 'all are counted');
    assert.equal(await page.do('malformed'), before + said, 'and nothing else is');
    await works();
  });
}

it('a stream cannot be taken away from the context that has it', async () => {
  await page.do('publish', name, { application: 'the owner' });
  const before = await page.do('malformed');
  const said = await page.do('rogue', 'steal', name);
  await until(async () => (await page.do('malformed')) >= before + said, 'both are counted');
  assert.equal((await page.do('find', name)).application, 'the owner');
});

it('a reader that breaks the rules has no effect on its publisher', async () => {
  await page.do('publish', name);
  const said = await page.do('rogue', 'reader', name);
  await until(async () => (await page.do('publisher', name)).statistics.malformed >= said, 'all are counted');
  const { statistics } = await page.do('publisher', name);
  assert.deepEqual([statistics.malformed, statistics.readers], [said, 1]);
  await page.do('subscribe', name);
  await page.do('paint', name, small(6));
  const { handle } = await page.do('acquire', name);
  assert.equal((await page.do('consume', handle, 'canvas2d', 6)).texels, 0);
  await page.do('closeFrame', handle);
});

it('a publisher that breaks the rules has no effect but the frame that keeps them', async () => {
  const before = await page.do('live');
  const said = await page.do('rogue', 'publisher', name);
  await page.do('subscribe', name, { connectTimeout: 20000 });
  const { handle, info } = await page.do('acquire', name, 10000);
  assert.equal(info.number, 5);
  await until(async () => (await page.do('subscriber', name)).statistics.malformed >= said, 'all are counted');
  const { statistics } = await page.do('subscriber', name);
  assert.deepEqual([statistics.malformed, statistics.frames], [said, 1]);
  await page.do('closeFrame', handle);
  await until(async () => (await page.do('live')) <= before, 'no picture of a refused message is left');
  await works();
});
