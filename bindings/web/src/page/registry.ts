// Registry: which streams there are. Publishers announce themselves over the BroadcastChannel; each name is a Web Lock, which the browser frees
// when its context ends, however it ends. So the held locks say exactly which names live, and the announcements what is behind them.
import { GeyserError } from '../errors.js';
import type { Directory, StreamInfo } from '../stream.js';
import { checkTimeout } from '../subscriber.js';
import type { Hub } from './hub.js';
import type { Broadcast } from './messages.js';
import { channelName, lockOfStream, readBroadcast, streamLockPrefix } from './messages.js';

export interface Entry {
  readonly hub: string;
  readonly stream: StreamInfo;
  readonly unwatch: () => void;
}

// How long list() waits for publishers whose names are held and who have not announced themselves here yet.
const answerTime = 500;

export class Registry {
  readonly #hub: Hub;
  readonly #channel: BroadcastChannel;
  readonly #entries = new Map<string, Entry>();
  readonly #own = new Map<string, () => StreamInfo>();
  readonly #changed = new Set<() => void>();
  malformed = 0;

  constructor(hub: Hub) {
    this.#hub = hub;
    this.#channel = new BroadcastChannel(channelName);
    this.#channel.onmessage = (event) => this.#heard(event.data);
    this.#channel.onmessageerror = () => this.malformed++;
    void hub.ready.then(() => {
      this.invite();
      this.#say({ type: 'query' });
    }, () => undefined);
  }

  /** Holds the name until the returned function is called and its promise has resolved. Errors: invalid_state. */
  async take(name: string): Promise<() => Promise<void>> {
    await this.#hub.ready;
    return new Promise((resolve, reject) => {
      let letGo: () => void = () => undefined;
      const held = navigator.locks.request(lockOfStream(name), { ifAvailable: true }, (lock) => {
        if (lock === null) {
          reject(this.#taken(name));
          return undefined;
        }
        const until = new Promise<void>((done) => (letGo = done));
        resolve(async () => {
          letGo();
          await held;
        });
        return until;
      });
      held.catch(reject);
    });
  }

  /** Announces a stream of this context, again whenever it changed. */
  announce(name: string, stream: () => StreamInfo): void {
    this.#own.set(name, stream);
    this.#say({ type: 'announce', hub: this.#hub.id, stream: stream() });
    this.#note(stream(), this.#hub.id);
  }

  withdraw(name: string, uuid: string): void {
    this.#own.delete(name);
    this.#say({ type: 'gone', name, uuid });
    this.#remove(name, uuid);
  }

  entry(name: string): Entry | null {
    return this.#entries.get(name) ?? null;
  }

  names(): string[] {
    return [...this.#entries.keys()];
  }

  /** Resolves at the next change, or when the time is over, or when `signal` aborts: true for a change. */
  change(timeout: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (changed: boolean): void => {
        clearTimeout(timer);
        this.#changed.delete(wake);
        signal?.removeEventListener('abort', stop);
        resolve(changed);
      };
      const wake = (): void => done(true);
      const stop = (): void => done(false);
      const timer = setTimeout(stop, timeout);
      this.#changed.add(wake);
      signal?.addEventListener('abort', stop);
      if (signal?.aborted === true) stop();
    });
  }

  /** The streams whose publishers live now. */
  async list(): Promise<readonly StreamInfo[]> {
    await this.#hub.ready;
    const until = performance.now() + answerTime;
    for (let asked = false; ; asked = true) {
      const { held = [] } = await navigator.locks.query();
      const names = held.flatMap(({ name = '' }) => (name.startsWith(streamLockPrefix) ? [name.slice(streamLockPrefix.length)] : []));
      const missing = names.filter((name) => !this.#entries.has(name));
      const left = until - performance.now();
      if (missing.length === 0 || left <= 0) {
        const live = new Set(names);
        return [...this.#entries.values()].map(({ stream }) => stream).filter(({ name }) => live.has(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
      }
      if (!asked) this.#say({ type: 'query' });
      await this.change(left);
    }
  }

  /** Contexts without a link call their parent again: this one listens to somebody new. */
  invite(): void {
    this.#say({ type: 'hub', hub: this.#hub.id });
  }

  ask(): void {
    this.#say({ type: 'query' });
  }

  close(): void {
    this.#channel.close();
    for (const { unwatch } of this.#entries.values()) unwatch();
    this.#entries.clear();
    this.#wake();
  }

  #say(message: Broadcast): void {
    try {
      this.#channel.postMessage(message);
    } catch {
      // closed: nobody is to hear of it
    }
  }

  #heard(data: unknown): void {
    const message = readBroadcast(data);
    if (message === null) {
      this.malformed++;
    } else if (message.type === 'hub') {
      this.#hub.callParent();
    } else if (message.type === 'query') {
      for (const stream of this.#own.values()) this.#say({ type: 'announce', hub: this.#hub.id, stream: stream() });
    } else if (message.type === 'announce') {
      // Nobody else can have a name that this context holds.
      if (this.#own.has(message.stream.name) || message.hub === this.#hub.id) this.malformed++;
      else this.#note(message.stream, message.hub);
    } else if (this.#own.has(message.name)) {
      this.malformed++;
    } else this.#remove(message.name, message.uuid);
  }

  #note(stream: StreamInfo, hub: string): void {
    const before = this.#entries.get(stream.name);
    const unwatch = before?.hub === hub ? before.unwatch : this.#hub.watch(hub, () => this.#lost(hub));
    if (before !== undefined && before.unwatch !== unwatch) before.unwatch();
    this.#entries.set(stream.name, { hub, stream, unwatch });
    this.#wake();
  }

  #lost(hub: string): void {
    for (const [name, entry] of [...this.#entries]) if (entry.hub === hub) this.#remove(name, entry.stream.uuid);
  }

  #remove(name: string, uuid: string): void {
    const entry = this.#entries.get(name);
    if (entry?.stream.uuid !== uuid) return;
    this.#entries.delete(name);
    entry.unwatch();
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#changed]) wake();
  }

  #taken(name: string): GeyserError {
    const stream = this.#entries.get(name)?.stream;
    const who = stream === undefined ? 'another context of this origin' : stream.application === '' ? `stream ${stream.uuid}` : `"${stream.application}"`;
    return new GeyserError('invalid_state', `the name "${name}" is taken by ${who}, which is alive; take another name, or close that publisher`);
  }
}

/** The registry as programs see it. */
export class PageDirectory implements Directory {
  readonly #registry: Registry;
  readonly #stop = new AbortController();
  #seen = false; // a change since the last wait
  #woken: Promise<void>;

  constructor(registry: Registry) {
    this.#registry = registry;
    this.#woken = this.#follow();
  }

  list(): Promise<readonly StreamInfo[]> {
    return this.#registry.list();
  }

  async find(name: string): Promise<StreamInfo | null> {
    return (await this.#registry.list()).find((stream) => stream.name === name) ?? null;
  }

  async waitForChange(timeout: number): Promise<void> {
    checkTimeout(timeout, 'the time to wait for a change');
    if (this.#stop.signal.aborted) throw new GeyserError('invalid_state', 'this directory is closed; make another one');
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, timeout)));
    if (!this.#seen) await Promise.race([this.#woken, late]);
    clearTimeout(timer);
    if (!this.#seen) throw new GeyserError('timed_out', `no stream appeared, ended or changed within ${timeout} ms; ask again`);
    this.#seen = false;
    this.#woken = this.#follow();
  }

  close(): void {
    this.#stop.abort();
  }

  async #follow(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (await this.#registry.change(60_000, this.#stop.signal)) {
        this.#seen = true;
        return;
      }
    }
  }
}
