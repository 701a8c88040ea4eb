// The page of `geyser serve`: lists streams, shows several live, sends a picture the other way.
import { connect, decodable, GeyserError } from './geyser-web.js';

/** @typedef {import('./geyser-web.js').NativeServer} NativeServer */
/** @typedef {import('./geyser-web.js').NativeSubscriber} NativeSubscriber */
/** @typedef {import('./geyser-web.js').NativePublisher} NativePublisher */
/** @typedef {import('./geyser-web.js').ListedStream} ListedStream */
/** @typedef {import('./geyser-web.js').ReadFrame} ReadFrame */
/** @typedef {'raw' | 'video'} Way */
/** @typedef {{ canvas: HTMLCanvasElement, how: string, draw(frame: ReadFrame): void }} Painter */

const shownAtOnce = 4;
const parameters = new URLSearchParams(location.search);

/**
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} type
 * @param {ParentNode} [inside]
 * @returns {T}
 */
function find(selector, type, inside = document) {
  const found = inside.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`the page has no ${selector}`);
  return found;
}

/** @param {unknown} error */
function inWords(error) {
  const text = error instanceof Error ? error.message : String(error);
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** @returns {Promise<number>} the next time that the screen is drawn; never while the page is hidden */
const nextRefresh = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** @param {number} milliseconds */
const after = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// ---- Drawing: WebGPU where it is, else a 2D canvas -----------------------------------------------------------------------------------------

const shader = /* wgsl */ `
@vertex fn corner(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(f32(i & 1) * 4 - 1, f32(i >> 1) * 4 - 1, 0, 1);
}
@group(0) @binding(0) var texels: texture_2d<f32>;
@fragment fn exact(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let c = textureLoad(texels, vec2u(at.xy), 0);
  return vec4f(c.rgb * c.a, c.a);
}
@group(0) @binding(1) var video: texture_external;
@fragment fn decoded(@builtin(position) at: vec4f) -> @location(0) vec4f {
  return vec4f(textureLoad(video, vec2u(at.xy)).rgb, 1);
}`;

class Gpu {
  /** @param {GPUDevice} device */
  constructor(device) {
    this.device = device;
    this.format = navigator.gpu.getPreferredCanvasFormat();
    const module = device.createShaderModule({ code: shader });
    /** @param {string} entryPoint */
    const pipeline = (entryPoint) =>
      device.createRenderPipeline({
        layout: 'auto',
        vertex: { module, entryPoint: 'corner' },
        fragment: { module, entryPoint, targets: [{ format: this.format }] },
      });
    this.exact = pipeline('exact');
    this.decoded = pipeline('decoded');
    this.lost = false;
    void device.lost.then(() => (this.lost = true));
  }

  /** @returns {Promise<Gpu | null>} null where there is no WebGPU, or none that answers in time */
  static async find() {
    if (parameters.get('draw') === '2d' || !('gpu' in navigator)) return null;
    const made = (async () => {
      const adapter = await navigator.gpu.requestAdapter();
      return adapter === null ? null : new Gpu(await adapter.requestDevice());
    })().catch(() => null);
    return Promise.race([made, after(10_000).then(() => null)]);
  }

  /** @returns {Painter | null} */
  painter() {
    const canvas = document.createElement('canvas');
    const context = /** @type {GPUCanvasContext | null} */ (/** @type {unknown} */ (canvas.getContext('webgpu')));
    if (context === null || this.lost) return null;
    context.configure({ device: this.device, format: this.format, alphaMode: 'premultiplied' });
    /** @type {GPUTexture | null} */
    let texture = null;
    return {
      canvas,
      how: 'WebGPU',
      draw: (frame) => {
        const { width, height } = frame.info;
        resize(canvas, width, height);
        const raw = frame.payload.kind === 'bytes';
        const pipeline = raw ? this.exact : this.decoded;
        /** @type {GPUBindGroupEntry} */
        let entry;
        if (raw) {
          if (texture === null || texture.width !== width || texture.height !== height) {
            texture?.destroy();
            const usage = 0x02 | 0x04; // COPY_DST, TEXTURE_BINDING
            texture = this.device.createTexture({ size: [width, height], format: 'rgba8unorm', usage });
          }
          frame.copyToTexture(this.device, texture);
          entry = { binding: 0, resource: texture.createView() };
        } else {
          entry = { binding: 1, resource: frame.toExternalTexture(this.device) };
        }
        const encoder = this.device.createCommandEncoder();
        const pass = encoder.beginRenderPass({
          colorAttachments: [{ view: context.getCurrentTexture().createView(), loadOp: 'clear', storeOp: 'store', clearValue: [0, 0, 0, 0] }],
        });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, this.device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [entry] }));
        pass.draw(3);
        pass.end();
        this.device.queue.submit([encoder.finish()]);
      },
    };
  }
}

/** @returns {Painter} */
function flatPainter() {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('This browser gives no 2D canvas');
  return {
    canvas,
    how: '2D canvas',
    draw(frame) {
      resize(canvas, frame.info.width, frame.info.height);
      context.globalCompositeOperation = 'copy';
      frame.draw(context);
    },
  };
}

/** @param {HTMLCanvasElement} canvas @param {number} width @param {number} height */
function resize(canvas, width, height) {
  if (canvas.width === width && canvas.height === height) return;
  canvas.width = width;
  canvas.height = height;
}

// ---- One stream --------------------------------------------------------------------------------------------------------------------------

class Card {
  /** @type {NativeSubscriber | null} */
  #subscriber = null;
  #turn = 0; // rises when the way changes or the card goes: what was started before ends
  /** @type {Painter | null} */
  #painter = null;

  /**
   * @param {Page} page
   * @param {string} name
   * @param {Way} way
   */
  constructor(page, name, way) {
    this.page = page;
    this.name = name;
    const template = find('#card', HTMLTemplateElement);
    this.element = find('.card', HTMLElement, /** @type {DocumentFragment} */ (template.content.cloneNode(true)));
    this.element.dataset.name = name;
    this.element.setAttribute('aria-label', name);
    find('h3', HTMLElement, this.element).textContent = name;
    find('h3', HTMLElement, this.element).title = name;
    const close = find('.close', HTMLButtonElement, this.element);
    find('.unseen', HTMLElement, close).textContent = `Hide ${name}`;
    close.addEventListener('click', () => page.hide(name));
    for (const radio of this.#ways()) {
      radio.name = `way of ${name}`;
      radio.checked = radio.value === way;
      radio.addEventListener('change', () => void this.start(radio.value === 'raw' ? 'raw' : 'video'));
      if (radio.value === 'video' && !page.videoPossible) {
        radio.disabled = true;
        radio.title = 'This browser and the server have no video codec in common.';
      }
    }
    void this.start(page.videoPossible ? way : 'raw');
  }

  #ways() {
    return [...this.element.querySelectorAll('input')];
  }

  /** @param {string} state @param {string} badge @param {string} [cover] */
  #say(state, badge, cover = '') {
    this.element.dataset.state = state;
    find('.badge', HTMLElement, this.element).textContent = badge;
    const words = find('.cover', HTMLElement, this.element);
    if (words.textContent !== cover) words.textContent = cover;
  }

  /** @param {string} name @param {string} text */
  #show(name, text) {
    const field = find(`.${name}`, HTMLElement, this.element);
    if (field.textContent !== text) field.textContent = text;
  }

  /** @param {Way} way */
  async start(way) {
    const turn = ++this.#turn;
    for (const radio of this.#ways()) radio.checked = radio.value === way;
    await this.#subscriber?.close();
    this.#subscriber = null;
    this.#say('waiting', 'Starting');
    try {
      const server = this.page.server;
      if (server === null) return;
      const subscriber = await server.subscribe(this.name, { transport: way, connectTimeout: 10_000 });
      if (turn !== this.#turn) {
        await subscriber.close();
        return;
      }
      this.#subscriber = subscriber;
      await this.#follow(subscriber, turn);
    } catch (error) {
      if (turn === this.#turn) this.#say('failed', 'Failed', inWords(error));
    }
  }

  /** @param {NativeSubscriber} subscriber @param {number} turn */
  async #follow(subscriber, turn) {
    while (turn === this.#turn) {
      /** @type {ReadFrame} */
      let frame;
      try {
        frame = await subscriber.acquire(1000);
      } catch (error) {
        if (turn !== this.#turn) return;
        if (!(error instanceof GeyserError)) throw error;
        if (error.code === 'timed_out') this.#say(this.element.dataset.frame === undefined ? 'waiting' : 'live', 'No new frames');
        else if (error.code === 'peer_gone') this.#say('waiting', 'Ended', 'The stream has ended. It goes on here when it is published again.');
        else throw error;
        continue;
      }
      try {
        this.#draw(frame);
        this.#say('live', 'Live');
        this.#show('path', `This path copies. ${frame.transfer.why} Drawn by ${this.#painter?.how ?? 'nothing'}.`);
        this.#show('size', `${frame.info.width} × ${frame.info.height}`);
        this.element.dataset.frame = String(frame.info.number);
        await nextRefresh();
        subscriber.shown(frame);
      } finally {
        frame.close();
      }
    }
  }

  /** @param {ReadFrame} frame */
  #draw(frame) {
    if (this.#painter === null || (this.#painter.how === 'WebGPU' && this.page.gpu?.lost !== false)) {
      this.#painter?.canvas.remove();
      this.#painter = this.page.gpu?.painter() ?? flatPainter();
      this.#painter.canvas.setAttribute('role', 'img');
      this.#painter.canvas.setAttribute('aria-label', `Live picture of ${this.name}`);
      find('.picture', HTMLElement, this.element).prepend(this.#painter.canvas);
    }
    this.#painter.draw(frame);
  }

  /** The figures of now. */
  measure() {
    const subscriber = this.#subscriber;
    if (subscriber === null) return;
    const { fps, shown, codec, transport, undecoded } = subscriber.measurements;
    const format = subscriber.stream.texture?.format ?? '–';
    this.#show('format', transport === 'video' ? `${codec ?? 'video'}` : format);
    this.#show('fps', fps.toFixed(1));
    this.#show('latency', shown === null ? '–' : `${shown.median.toFixed(1)} ms`);
    this.#show('p95', shown === null ? '–' : `${shown.p95.toFixed(1)} ms`);
    this.#show('skipped', String(subscriber.statistics.skipped + undecoded));
  }

  remove() {
    this.#turn++;
    void this.#subscriber?.close();
    this.#subscriber = null;
    this.element.remove();
  }
}

// ---- Sending -----------------------------------------------------------------------------------------------------------------------------

class Sender {
  #turn = 0;
  #form = find('#send', HTMLFormElement);
  #canvas = find('#send-canvas', HTMLCanvasElement);
  #state = find('#send-state', HTMLElement);
  #begin = find('#send-start', HTMLButtonElement);
  #end = find('#send-stop', HTMLButtonElement);
  /** The stream that went out last, which is not shown by itself. @type {string | null} */
  name = null;

  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#send();
    });
    this.#end.addEventListener('click', () => this.stop());
    const source = find('#send-source', HTMLSelectElement);
    source.addEventListener('change', () => (find('#send-file-label', HTMLElement).hidden = source.value !== 'file'));
    testPicture(this.#pen(), 0);
  }

  #pen() {
    const context = this.#canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new Error('This browser gives no 2D canvas');
    return context;
  }

  stop() {
    this.#turn++;
  }

  /** @param {string} text @param {boolean} [failed] */
  #say(text, failed = false) {
    this.#state.textContent = text;
    this.#state.dataset.state = failed ? 'failed' : 'well';
  }

  async #send() {
    const turn = ++this.#turn;
    const values = new FormData(this.#form);
    const [width = 640, height = 360] = String(values.get('size')).split('x').map(Number);
    const pause = 1000 / Number(values.get('fps'));
    const name = String(values.get('name'));
    /** @type {NativePublisher | null} */
    let publisher = null;
    /** @type {(() => void) | null} */
    let release = null;
    this.#begin.hidden = true;
    this.#end.hidden = false;
    this.#say('Starting.');
    try {
      const server = this.page.server;
      if (server === null) throw new Error('There is no connection to geyser serve');
      resize(this.#canvas, width, height);
      const source = await pictureSource(String(values.get('source')));
      release = source.release;
      publisher = await server.publish(name, { width, height });
      this.name = name;
      for (let frame = 0; turn === this.#turn; frame++) {
        const began = performance.now();
        source.draw(this.#pen(), frame);
        try {
          await publisher.publish(this.#canvas);
          const readers = publisher.statistics.readers;
          this.#say(`Frame ${publisher.statistics.published}, ${readers} ${readers === 1 ? 'reader' : 'readers'}. This path copies. ${publisher.transfer.why}`);
        } catch (error) {
          // Room or a connection comes back; anything else does not.
          if (!(error instanceof GeyserError) || (error.code !== 'timed_out' && error.code !== 'peer_gone')) throw error;
          this.#say(inWords(error), true);
          await after(250);
        }
        await after(Math.max(0, pause - (performance.now() - began)));
      }
      this.#say('Stopped.');
    } catch (error) {
      this.#say(inWords(error), true);
    } finally {
      release?.();
      await publisher?.close();
      this.#begin.hidden = false;
      this.#end.hidden = true;
    }
  }
}

/**
 * @param {string} kind
 * @returns {Promise<{ draw(pen: CanvasRenderingContext2D, frame: number): void, release(): void }>}
 */
async function pictureSource(kind) {
  if (kind === 'camera') {
    const stream = await navigator.mediaDevices.getUserMedia({ video: true });
    const video = document.createElement('video');
    video.srcObject = stream;
    video.muted = true;
    await video.play();
    return {
      draw: (pen) => drawInside(pen, video, video.videoWidth, video.videoHeight),
      release: () => stream.getTracks().forEach((track) => track.stop()),
    };
  }
  if (kind === 'file') {
    const file = find('#send-file', HTMLInputElement).files?.[0];
    if (file === undefined) throw new Error('Choose an image file first');
    const bitmap = await createImageBitmap(file);
    return { draw: (pen) => drawInside(pen, bitmap, bitmap.width, bitmap.height), release: () => bitmap.close() };
  }
  return { draw: testPicture, release: () => undefined };
}

/** @param {CanvasRenderingContext2D} pen @param {CanvasImageSource} picture @param {number} width @param {number} height */
function drawInside(pen, picture, width, height) {
  const { canvas } = pen;
  const scale = Math.min(canvas.width / width, canvas.height / height);
  pen.fillStyle = '#000';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, (canvas.width - width * scale) / 2, (canvas.height - height * scale) / 2, width * scale, height * scale);
}

/** @param {CanvasRenderingContext2D} pen @param {number} frame */
function testPicture(pen, frame) {
  const { width, height } = pen.canvas;
  const bars = ['#b4b4b4', '#b4b410', '#10b4b4', '#10b410', '#b410b4', '#b41010', '#1010b4'];
  bars.forEach((colour, i) => {
    pen.fillStyle = colour;
    pen.fillRect(Math.floor((i * width) / bars.length), 0, Math.ceil(width / bars.length), height);
  });
  pen.fillStyle = '#101418';
  pen.fillRect(0, height * 0.72, width, height * 0.28);
  pen.fillStyle = '#e6ebf0';
  pen.font = `600 ${Math.round(height * 0.16)}px ui-monospace, monospace`;
  pen.textBaseline = 'middle';
  pen.fillText(String(frame).padStart(6, '0'), height * 0.08, height * 0.86);
  pen.beginPath();
  pen.arc(width - height * 0.14, height * 0.86, height * 0.08, 0, ((frame % 60) / 60) * 2 * Math.PI);
  pen.lineTo(width - height * 0.14, height * 0.86);
  pen.fill();
}

// ---- The whole ---------------------------------------------------------------------------------------------------------------------------

class Page {
  /** @type {NativeServer | null} */
  server = null;
  /** @type {Gpu | null} */
  gpu = null;
  videoPossible = false;
  /** @type {Map<string, Card>} */
  #cards = new Map();
  /** What the user hid does not come back by itself. @type {Set<string>} */
  #hidden = new Set();
  #sender = new Sender(this);
  #place = find('#streams', HTMLElement);
  #rows = find('#list tbody', HTMLTableSectionElement);

  constructor() {
    find('#again', HTMLButtonElement).addEventListener('click', () => void this.open());
    setInterval(() => this.#cards.forEach((card) => card.measure()), 500);
  }

  async open() {
    this.#state('connecting', 'Connecting');
    find('#problem', HTMLElement).hidden = true;
    try {
      this.gpu ??= await Gpu.find();
      const server = await connect(location.href);
      this.server = server;
      const codecs = await decodable();
      this.videoPossible = codecs.some((codec) => server.encoders.some((each) => each.split('.')[0] === codec.split('.')[0]));
      server.watch(() => this.#changed(server));
      this.#changed(server);
    } catch (error) {
      this.#broken(error);
    }
  }

  /** @param {string} state @param {string} text */
  #state(state, text) {
    const place = find('#connection', HTMLElement);
    if (place.dataset.state === state) return;
    place.dataset.state = state;
    find('#connection-text', HTMLElement).textContent = text;
  }

  /** @param {unknown} error */
  #broken(error) {
    this.#state('closed', 'Not connected');
    find('#problem-text', HTMLElement).textContent = inWords(error);
    find('#problem', HTMLElement).hidden = false;
    this.#sender.stop();
    find('#send-start', HTMLButtonElement).disabled = true;
    this.server = null;
    for (const name of [...this.#cards.keys()]) this.#remove(name);
    this.#list([]);
  }

  /** @param {NativeServer} server */
  #changed(server) {
    if (server !== this.server) return;
    if (server.state === 'closed') return this.#broken(server.error ?? new Error('The connection was closed'));
    find('#server', HTMLElement).textContent = server.version;
    find('#send-start', HTMLButtonElement).disabled = server.state !== 'open' || !server.takesFrames;
    find('#send-refused', HTMLElement).hidden = server.takesFrames;
    if (server.state === 'open') this.#state('open', 'Connected');
    else this.#state('waiting', 'The server is away; looking for it');
    this.#list(server.streams);
    for (const { name, alive } of server.streams) {
      if (alive && this.#cards.size < shownAtOnce && !this.#hidden.has(name) && name !== this.#sender.name) this.#add(name);
    }
  }

  /** @param {readonly ListedStream[]} streams */
  #list(streams) {
    find('#nothing', HTMLElement).hidden = streams.length > 0 || this.server?.state !== 'open';
    find('#list', HTMLTableElement).hidden = streams.length === 0;
    const rows = new Map([...this.#rows.rows].map((row) => [row.dataset.name, row]));
    for (const stream of streams) {
      const row = rows.get(stream.name) ?? this.#row(stream.name);
      rows.delete(stream.name);
      const texts = [stream.name, `${stream.width} × ${stream.height}`, stream.format, stream.fps.toFixed(1), String(stream.readers)];
      texts.forEach((text, i) => {
        const cell = row.cells[i];
        if (cell && cell.textContent !== text) cell.textContent = text;
      });
    }
    for (const row of rows.values()) row.remove();
    this.#buttons();
  }

  /** @param {string} name */
  #row(name) {
    const row = this.#rows.insertRow();
    row.dataset.name = name;
    const head = document.createElement('th');
    head.scope = 'row';
    row.append(head);
    for (let i = 0; i < 4; i++) row.insertCell().className = i >= 2 ? 'number' : '';
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = 'Show';
    button.setAttribute('aria-label', `Show ${name}`);
    button.addEventListener('click', () => (this.#cards.has(name) ? this.hide(name) : this.#add(name)));
    row.insertCell().append(button);
    return row;
  }

  #buttons() {
    for (const row of this.#rows.rows) {
      const there = this.#cards.has(row.dataset.name ?? '');
      row.querySelector('button')?.setAttribute('aria-pressed', String(there));
    }
  }

  /** @param {string} name */
  #add(name) {
    if (this.#cards.has(name)) return;
    this.#hidden.delete(name);
    const card = new Card(this, name, parameters.get('transport') === 'raw' ? 'raw' : 'video');
    this.#cards.set(name, card);
    this.#place.append(card.element);
    this.#buttons();
  }

  /** @param {string} name */
  #remove(name) {
    this.#cards.get(name)?.remove();
    this.#cards.delete(name);
    this.#buttons();
  }

  /** @param {string} name */
  hide(name) {
    this.#hidden.add(name);
    this.#remove(name);
    const row = [...this.#rows.rows].find((each) => each.dataset.name === name);
    row?.querySelector('button')?.focus(); // the button that was pressed is gone with its card
  }
}

void new Page().open();
