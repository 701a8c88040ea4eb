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

it('a page of another origin is not heard', async () => {
  const [home, foreign] = [await serve({ isolated: false }), await serve({ isolated: false })];
  const context = await browser.newContext();
  const own = await open(context, home.url);
  await own.do('list');
  // Says hello from a frame of that origin; resolves with whether somebody answered.
  const hello = (url) => own.page.evaluate(async (src) => {
    const frame = document.createElement('iframe');
    frame.src = `${src}tests/browser/hello.html`;
    const answer = new Promise((resolve) => {
      addEventListener('message', function hear(event) {
        if (event.data?.answered === undefined) return;
        removeEventListener('message', hear);
        resolve(event.data.answered);
      });
    });
    document.body.append(frame);
    return answer;
  }, url);
  assert.equal(await hello(home.url), true, 'the same words from this origin are');
  assert.equal(await hello(foreign.url), false);
  assert.equal(await own.do('malformed'), 0, 'foreign words are not even counted');
  await context.close();
  await home.close();
  await foreign.close();
});
