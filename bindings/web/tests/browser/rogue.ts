// A context that breaks the rules: says what no publisher, reader or neighbour may say, by hand and without the library's help.

const channel = new BroadcastChannel('geyser-web/1');
const uuid = '00000000-0000-4000-8000-000000000000';

interface Announced {
  readonly hub: string;
  readonly stream: { readonly name: string; readonly uuid: string };
}

function announced(name: string): Promise<Announced> {
  return new Promise((resolve) => {
    const ear = new BroadcastChannel('geyser-web/1');
    ear.onmessage = (event) => {
      if (event.data?.type !== 'announce' || event.data.stream?.name !== name) return;
      ear.close();
      resolve(event.data);
    };
    ear.postMessage({ type: 'query' });
  });
}

/** A link to this page's hub as a child of that id, whose lock is held as a real context holds it: without, it counts as dead at once. */
async function neighbour(hub: string): Promise<MessagePort> {
  await alive(hub);
  const { port1, port2 } = new MessageChannel();
  window.postMessage({ geyserWeb: 1, type: 'hello', hub }, location.origin, [port2]);
  return new Promise((resolve) => (port1.onmessage = () => resolve(port1)));
}

function alive(hub: string): Promise<void> {
  return new Promise((held) => {
    void navigator.locks.request(`geyser-web/1/context/${hub}`, () => {
      held();
      return new Promise(() => undefined);
    });
  });
}

const picture = (): VideoFrame => new VideoFrame(new Uint8Array(64), { format: 'RGBX', codedWidth: 4, codedHeight: 4, timestamp: 0 });

/** What the library must count as malformed; gives how many were said. */
export async function rogue(what: string, name: string): Promise<number> {
  const cycle: Record<string, unknown> = { type: 'announce' };
  cycle.stream = cycle;
  if (what === 'broadcast') {
    const good = { name: 'x', uuid, texture: null, pacing: 'latest', application: '', readers: 0 };
    const said: unknown[] = [
      7, null, 'text', [], {}, cycle, { type: 'announce' }, { type: 'gone', name: 3, uuid }, { type: 'hub', hub: 'me' }, new ArrayBuffer(8),
      { type: 'announce', hub: uuid, stream: { ...good, name: 'a\u0000b' } },
      { type: 'announce', hub: uuid, stream: { ...good, name: 'x'.repeat(200) } },
      { type: 'announce', hub: uuid, stream: { ...good, uuid: 'no' } },
      { type: 'announce', hub: uuid, stream: { ...good, pacing: 'fast' } },
      { type: 'announce', hub: uuid, stream: { ...good, readers: -1 } },
      { type: 'announce', hub: uuid, stream: { ...good, texture: { width: 0, height: 4, format: 'rgba8unorm' } } },
      { type: 'announce', hub: uuid, stream: { ...good, texture: { width: 4, height: 1e9, format: 'rgba8unorm' } } },
      { type: 'announce', hub: uuid, stream: { ...good, texture: { width: 4, height: 4, format: 'jpeg' } } },
    ];
    for (const message of said) channel.postMessage(message);
    return said.length;
  }
  if (what === 'steal') {
    // Somebody else's stream: announced and withdrawn by a context that does not have it. Only its owner can know better.
    const { stream } = await announced(name);
    channel.postMessage({ type: 'announce', hub: uuid, stream: { ...stream, texture: null, pacing: 'latest', application: 'thief', readers: 0, uuid } });
    channel.postMessage({ type: 'gone', name, uuid: stream.uuid });
    return 2;
  }
  if (what === 'hello') {
    const said: [unknown, Transferable[]][] = [
      [{ geyserWeb: 1, type: 'hello', hub: 'x' }, []],
      [{ geyserWeb: 1, type: 'hello', hub: uuid }, []], // no port
      [{ geyserWeb: 2, type: 'hello', hub: uuid }, [new MessageChannel().port1]], // another version
      [{ geyserWeb: 1, type: 'goodbye', hub: uuid }, [new MessageChannel().port1]],
    ];
    for (const [message, transfer] of said) window.postMessage(message, location.origin, transfer);
    return said.length;
  }
  if (what === 'link') {
    const port = await neighbour(crypto.randomUUID());
    const said: unknown[] = [
      1, null, {}, { type: 'reach' }, { type: 'reach', hubs: ['x'] }, { type: 'reach', hubs: new Array(5000).fill(uuid) }, { type: 'linked', hub: uuid },
      { type: 'connect', to: uuid }, { type: 'connect', to: uuid, request: { hub: uuid, stream: uuid, reader: uuid, application: '', maxHeld: 99 } }, { image: picture() },
    ];
    for (const message of said) port.postMessage(message);
    return said.length;
  }
  if (what === 'reader') {
    const { hub, stream } = await announced(name);
    const self = crypto.randomUUID();
    const port = await neighbour(self);
    const { port1, port2 } = new MessageChannel();
    const attached = new Promise<void>((resolve) => {
      port1.onmessage = (event) => {
        if (event.data.type === 'probe') resolve();
      };
    });
    port.postMessage({ type: 'connect', to: hub, request: { hub: self, stream: stream.uuid, reader: crypto.randomUUID(), application: 'rogue', maxHeld: 1 } }, [port2]);
    await attached;
    port1.postMessage({ type: 'ready', video: true });
    const said: unknown[] = [
      'x', null, [], {}, { type: 'ready', video: false }, { type: 'ready', video: 'yes' }, { type: 'taken', number: 99999 }, { type: 'taken', number: 1.5 },
      { type: 'released', number: -1 }, { type: 'released', number: 'one' }, { type: 'released', number: 99999 }, { type: 'shout', image: picture() },
    ];
    for (const message of said) port1.postMessage(message);
    return said.length;
  }
  if (what === 'publisher') return fakePublisher(name);
  throw new Error(`no rogue ${what}`);
}

// Announces a stream and, when somebody attaches, sends frames of which one is good: number 5.
async function fakePublisher(name: string): Promise<number> {
  const hub = crypto.randomUUID();
  const port = await neighbour(hub);
  const stream = { name, uuid: crypto.randomUUID(), texture: null, pacing: 'queue', application: 'rogue', readers: 0 };
  const good = { type: 'frame', number: 5, generation: 1, published: 1, timestamp: 1, metadata: {}, memory: 'cpu', why: 'by hand', width: 4, height: 4, format: 'rgba8unorm' };
  const deep: Record<string, unknown> = {};
  let end = deep;
  for (let i = 0; i < 40; i++) end = end.a = {} as Record<string, unknown>;
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  const bad: Record<string, unknown>[] = [
    { number: 0 }, { number: 1.5 }, { number: '7' }, { generation: 0 }, { published: NaN }, { timestamp: Infinity }, { width: 5 }, { width: 0, height: 0 },
    { height: 100000 }, { format: 'png' }, { memory: 'disk' }, { why: 'x'.repeat(5000) }, { why: 3 }, { metadata: null }, { metadata: [] }, { metadata: { x: new Date() } },
    { metadata: { x: 1n } }, { metadata: { x: NaN } }, { metadata: deep }, { metadata: loop }, { metadata: { x: 'y'.repeat(20000) } }, { metadata: { x: new Array(100000).fill(0) } },
  ];
  port.onmessage = (event) => {
    const reader = event.ports[0];
    if (event.data?.type !== 'connect' || reader === undefined) return;
    reader.onmessage = (answer) => {
      if (answer.data?.type !== 'ready') return;
      const say = (message: unknown, image?: VideoFrame): void => reader.postMessage(message, image === undefined ? [] : [image]);
      for (const change of bad) {
        const image = picture();
        say({ ...good, image, ...change }, image);
      }
      say({ ...good, image: { width: 4, height: 4, displayWidth: 4, displayHeight: 4 } }); // no picture
      say({ type: 'refused', code: 'nonsense', message: '' });
      say({ type: 'attached' });
      const image = picture();
      say({ ...good, image }, image);
      const again = picture();
      say({ ...good, image: again }, again); // the same number a second time
    };
    reader.postMessage({ type: 'attached', stream });
    const frame = picture();
    reader.postMessage({ type: 'probe', sample: frame }, [frame]);
  };
  channel.postMessage({ type: 'announce', hub, stream });
  return bad.length + 4;
}
