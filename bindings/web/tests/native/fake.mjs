// A server for tests: gives the page's files and speaks the protocol of `geyser serve` as the test says, wrongly where it wants to.
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';

const folder = new URL('../../../../tools/geyser/page/', import.meta.url);
const types = { 'index.html': 'text/html', 'style.css': 'text/css', 'page.js': 'text/javascript', 'geyser-web.js': 'text/javascript' };

/** One WebSocket, its client's messages parsed as JSON where they are text. */
class Peer {
  #buffer = Buffer.alloc(0);
  #parts = [];
  messages = [];
  closed = false;
  closeCode = null;

  constructor(socket, heard) {
    this.socket = socket;
    this.heard = heard;
    socket.on('data', (bytes) => this.#read(bytes));
    socket.on('error', () => (this.closed = true));
    socket.on('close', () => (this.closed = true));
  }

  send(value) {
    if (this.closed) return;
    const binary = value instanceof Uint8Array;
    const payload = binary ? value : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
    this.#frame(binary ? 2 : 1, payload);
  }

  close(code = 1000, reason = '') {
    if (this.closed) return;
    const payload = Buffer.alloc(2 + Buffer.byteLength(reason));
    payload.writeUInt16BE(code);
    payload.write(reason, 2);
    this.#frame(8, payload);
    this.socket.end();
  }

  #frame(opcode, payload) {
    const { length } = payload;
    const header = Buffer.alloc(length < 126 ? 2 : length < 65536 ? 4 : 10);
    header[0] = 0x80 | opcode;
    header[1] = length < 126 ? length : length < 65536 ? 126 : 127;
    if (header.length === 4) header.writeUInt16BE(length, 2);
    if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
    this.socket.write(Buffer.concat([header, payload]));
  }

  #read(bytes) {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (;;) {
      const b = this.#buffer;
      if (b.length < 2) return;
      let length = b[1] & 127;
      let at = 2;
      if (length === 126) {
        if (b.length < 4) return;
        length = b.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (b.length < 10) return;
        length = Number(b.readBigUInt64BE(2));
        at = 10;
      }
      if (b.length < at + 4 + length) return;
      const mask = b.subarray(at, at + 4);
      const payload = Buffer.from(b.subarray(at + 4, at + 4 + length));
      for (let i = 0; i < length; i++) payload[i] ^= mask[i & 3];
      const opcode = b[0] & 15;
      const last = (b[0] & 0x80) !== 0;
      this.#buffer = Buffer.from(b.subarray(at + 4 + length));
      if (opcode === 8) {
        this.closeCode = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
        this.socket.end();
      } else if (opcode <= 2) this.#parts.push({ opcode, payload });
      if (opcode <= 2 && last) {
        const whole = Buffer.concat(this.#parts.map((part) => part.payload));
        const text = this.#parts[0].opcode === 1;
        this.#parts = [];
        const message = text ? JSON.parse(whole.toString()) : whole;
        this.messages.push(message);
        this.heard(this, message);
      }
    }
  }
}

/** Starts one. `heard(peer, message)` gets every message; `opened(peer)` every connection. */
export async function startFake({ opened = () => {}, heard = () => {}, token = 'a'.repeat(32), port = 0 } = {}) {
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1);
    response.setHeader('Cache-Control', 'no-store');
    if ((name === 'index.html' || name === 'streams') && url.searchParams.get('token') !== token) {
      response.writeHead(403, { 'Content-Type': 'text/plain' });
      return response.end('The token is not the one of this server; open the address that it printed.');
    }
    if (name === 'streams') return response.end('{"type":"streams","streams":[]}');
    if (name === 'empty') {
      response.writeHead(200, { 'Content-Type': 'text/html' });
      return response.end('<!doctype html><title>empty</title>');
    }
    if (!(name in types)) {
      response.writeHead(404);
      return response.end();
    }
    response.writeHead(200, { 'Content-Type': types[name] });
    return response.end(await readFile(new URL(name, folder)));
  });
  const peers = [];
  server.on('upgrade', (request, socket) => {
    const url = new URL(request.url, 'http://127.0.0.1');
    if (url.searchParams.get('token') !== token) return socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
    const key = createHash('sha1').update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\nSec-WebSocket-Protocol: geyser.1\r\n\r\n`,
    );
    const peer = new Peer(socket, heard);
    peers.push(peer);
    opened(peer);
  });
  await new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = server.address();
  const stop = async () => {
    for (const peer of peers) peer.socket.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: bound, token, peers, origin: `http://127.0.0.1:${bound}`, url: `http://127.0.0.1:${bound}/?token=${token}`, stop };
}

export const microseconds = () => Math.round(performance.now() * 1000);

/** A binary message as the protocol wants it; `wrong` overrides fields. */
export function frame({ id, number, width, height, kind = 1, format = 0, timestamp = number * 1000, payload, wrong = {} }) {
  const message = Buffer.alloc(64 + payload.length);
  message.write(wrong.magic ?? 'GYSR', 0, 'latin1');
  message.writeUInt16LE(wrong.headerBytes ?? 64, 4);
  message.writeUInt8(wrong.kind ?? kind, 6);
  message.writeUInt32LE(wrong.id ?? id, 8);
  message.writeUInt32LE(wrong.payloadBytes ?? payload.length, 12);
  message.writeBigUInt64LE(wrong.number ?? BigInt(number), 16);
  message.writeBigInt64LE(BigInt(timestamp), 24);
  message.writeBigInt64LE(wrong.published ?? BigInt(microseconds()), 32);
  message.writeBigInt64LE(BigInt(microseconds()), 40);
  message.writeUInt32LE(wrong.width ?? width, 48);
  message.writeUInt32LE(wrong.height ?? height, 52);
  message.writeUInt32LE(wrong.format ?? format, 56);
  payload.copy(message, 64);
  return message;
}

/** A well-behaved server of raw streams: answers everything, and gives each subscriber frames whose bytes `texels(number)` names. */
export function behaved({ name = 'fake', width = 16, height = 8, texels, misbehave = () => false }) {
  const stream = { name, width, height, format: 'rgba8unorm', fps: 30, readers: 0, alive: true };
  const next = new Map();
  const give = (peer, id) => {
    const state = next.get(peer);
    state.number++;
    state.out.push(state.number);
    peer.send(frame({ id, number: state.number, width, height, payload: texels(state.number) }));
  };
  return {
    opened(peer) {
      peer.send({ type: 'hello', protocol: 1, server: 'geyser fake', encoders: [] });
    },
    heard(peer, message) {
      if (misbehave(peer, message)) return;
      if (message.type === 'ping') peer.send({ type: 'pong', time: message.time, serverTime: microseconds() });
      if (message.type === 'list') peer.send({ type: 'streams', streams: [stream] });
      if (message.type === 'subscribe') {
        next.set(peer, { number: 0, out: [], most: 0 });
        const { id } = message;
        peer.send({ type: 'subscribed', id, stream: message.stream, width, height, format: 'rgba8unorm', transport: 'raw' });
        for (let i = 0; i < message.window; i++) give(peer, id);
      }
      if (message.type === 'ack') {
        const state = next.get(peer);
        state.most = Math.max(state.most, state.out.length);
        const before = state.out.length;
        state.out = state.out.filter((number) => number > message.number);
        const room = before - state.out.length;
        setTimeout(() => {
          for (let i = 0; i < room && !peer.closed; i++) give(peer, message.id);
        }, 10);
      }
    },
    state: (peer) => next.get(peer),
  };
}
