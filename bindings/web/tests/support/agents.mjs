// Agents as node sees them: pages that run tests/browser/agent.ts, and the frames and workers that these made.
import assert from 'node:assert/strict';

/** One context. Every command is an async function of tests/browser/agent.ts. */
export class Agent {
  constructor(page, id) {
    this.page = page;
    this.id = id;
  }
  /** What the command gives; a GeyserError there is an Error here, with its code. */
  async do(command, ...args) {
    const answer = await this.page.evaluate(([id, name, list]) => globalThis.agent.ask(id, name, list), [this.id, command, args]);
    if (answer.error === undefined) return answer.value;
    throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
  }
  async spawn(kind) {
    return new Agent(this.page, await this.do('spawn', kind));
  }
}

export async function open(context, url, { broker = false } = {}) {
  const page = await context.newPage();
  const trouble = [];
  page.on('pageerror', (error) => trouble.push(`page error: ${error.message}`));
  page.on('crash', () => trouble.push('the page crashed'));
  page.on('console', (message) => {
    if (/garbage/.test(message.text())) trouble.push(message.text());
    if (process.env.GEYSER_TEST_CONSOLE !== undefined) console.log(`# [${message.type()}] ${message.text()}`);
  });
  await page.goto(`${url}tests/browser/page.html`);
  await page.waitForFunction(() => globalThis.agent !== undefined);
  const agent = new Agent(page, await page.evaluate(() => globalThis.agent.id));
  if (broker) await agent.do('start');
  agent.trouble = trouble;
  return agent;
}

export async function refuses(promise, code, words) {
  const error = await promise.then(() => null, (e) => e);
  assert.ok(error !== null, `expected ${code}, and nothing was refused`);
  assert.equal(error.code, code, error.message);
  if (words !== undefined) assert.match(error.message, words);
}

/** Asks until it is so; every try is an await on the browser, and the end is far enough for a slow machine. */
export async function until(question, what, timeout = 15000) {
  const end = Date.now() + timeout;
  for (;;) {
    if (await question()) return;
    if (Date.now() > end) assert.fail(`not within ${timeout} ms: ${typeof what === 'function' ? what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
