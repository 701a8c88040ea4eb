// Hub: this context's place in the tree of contexts. Frames need a MessagePort between publisher and reader, and a port can only be handed to a
// context that one already has a port to. So contexts form a tree (worker -> page, frame -> page, page -> broker): a port for any other context
// goes up until somebody knows the way down.
import { GeyserError } from '../errors.js';
import type { ConnectRequest, LinkMessage } from './messages.js';
import { closeImages, isOurs, lockOfContext, maxHubs, protocol, readHello, readLinkMessage } from './messages.js';

/** What can carry messages from a child: a worker that this context made, or a port. */
export type ChildEndpoint = Worker | MessagePort;
/** What leads to a parent. */
export type ParentEndpoint = SharedWorker | MessagePort;

interface Link {
  readonly port: MessagePort;
  readonly hubs: Set<string>; // who is reached over it; empty for the link up, over which everybody else is
}

interface Watch {
  readonly callbacks: Set<() => void>;
  readonly abort: AbortController;
}

type Say = (message: unknown, transfer: Transferable[]) => void;

interface Scope {
  readonly Window?: unknown;
  readonly DedicatedWorkerGlobalScope?: new () => object;
  readonly SharedWorkerGlobalScope?: new () => object;
  postMessage(message: unknown, transfer: Transferable[]): void;
}
const scope = globalThis as unknown as Scope & EventTarget;

export class Hub {
  readonly id: string = crypto.randomUUID();
  /** Resolves when others may know this context: it holds the lock whose release tells that it is gone. */
  readonly ready: Promise<void>;
  /** Messages that were not understood. */
  malformed = 0;
  /** A reader in some context wants a port to a publisher of this one. */
  onConnect: (request: ConnectRequest, port: MessagePort) => void = (_request, port) => port.close();
  #say: Say | null = null; // to the parent
  #up: Link | null = null;
  #linked = false;
  #children = new Map<string, Link>(); // by the child's own id
  #watches = new Map<string, Watch>();
  #stop = new AbortController();
  #letGo: () => void = () => undefined;

  constructor() {
    if (typeof navigator === 'undefined' || navigator.locks === undefined || typeof BroadcastChannel === 'undefined') {
      throw new GeyserError('unsupported_feature', 'streams need Web Locks and BroadcastChannel; open the page from https or from 127.0.0.1 in a current browser');
    }
    this.ready = new Promise((resolve, reject) => {
      const held = navigator.locks.request(lockOfContext(this.id), () => {
        resolve();
        return new Promise<void>((letGo) => (this.#letGo = letGo));
      });
      held.catch((error: unknown) => reject(new GeyserError('unsupported_feature', 'the browser refuses Web Locks to this context (is its origin opaque?)', { cause: error })));
    });
    const { signal } = this.#stop;
    if (scope.SharedWorkerGlobalScope !== undefined && scope instanceof scope.SharedWorkerGlobalScope) {
      scope.addEventListener('connect', (event) => this.connect((event as MessageEvent).ports[0] as MessagePort), { signal });
    } else if (scope.DedicatedWorkerGlobalScope !== undefined && scope instanceof scope.DedicatedWorkerGlobalScope) {
      this.#say = (message, transfer) => scope.postMessage(message, transfer);
    } else if (typeof window !== 'undefined') {
      scope.addEventListener('message', (event) => {
        if ((event as MessageEvent).origin === location.origin) this.#hear(event as MessageEvent);
      }, { signal });
      const above = window.parent !== window ? window.parent : (window.opener as Window | null);
      if (above !== null && sameOrigin(above)) this.#say = (message, transfer) => above.postMessage(message, location.origin, transfer);
    }
    void this.ready.then(() => this.callParent(), () => undefined);
  }

  /** Goes up by this endpoint from now on, instead of by the parent window, opener or worker's owner. */
  setParent(endpoint: ParentEndpoint): void {
    const port = endpoint instanceof MessagePort ? endpoint : endpoint.port;
    port.start();
    this.#say = (message, transfer) => port.postMessage(message, transfer);
    this.#unlink();
    void this.ready.then(() => this.callParent(), () => undefined);
  }

  /** Lets contexts at the other end of this endpoint become children of this one. */
  connect(endpoint: ChildEndpoint): void {
    endpoint.addEventListener('message', (event) => this.#hear(event as MessageEvent), { signal: this.#stop.signal });
    if (endpoint instanceof MessagePort) endpoint.start();
  }

  /** Asks the parent for a link, unless there is one. The parent may not listen yet; it says so over the BroadcastChannel when it does. */
  callParent(): void {
    if (this.#linked || this.#say === null || this.#stop.signal.aborted) return;
    this.#unlink();
    const { port1, port2 } = new MessageChannel();
    const link: Link = { port: port1, hubs: new Set() };
    this.#up = link;
    port1.onmessage = (event) => this.#fromParent(link, event);
    try {
      this.#say({ geyserWeb: protocol, type: 'hello', hub: this.id }, [port2]);
    } catch {
      this.#unlink(); // the parent is gone
    }
  }

  /**
   * Sends a port to a context. `missing` is called when no way is known from here; a context on the way that knows none answers over the port
   * itself. The port is given away in every case.
   */
  send(to: string, request: ConnectRequest, port: MessagePort, missing: () => void): void {
    if (to === this.id) {
      this.onConnect(request, port);
      return;
    }
    const link = this.#way(to);
    if (link === null) {
      port.close();
      missing();
      return;
    }
    link.port.postMessage({ type: 'connect', to, request } satisfies LinkMessage, [port]);
  }

  /** Calls back once when that context is gone, however it went; the browser frees its lock. Returns how to stop watching. */
  watch(hub: string, gone: () => void): () => void {
    if (hub === this.id) return () => undefined;
    let watch = this.#watches.get(hub);
    if (watch === undefined) {
      watch = { callbacks: new Set(), abort: new AbortController() };
      this.#watches.set(hub, watch);
      const { callbacks, abort } = watch;
      navigator.locks
        .request(lockOfContext(hub), { mode: 'shared', signal: abort.signal }, () => {
          this.#watches.delete(hub);
          for (const callback of [...callbacks]) callback();
        })
        .catch(() => undefined); // aborted
    }
    const { callbacks, abort } = watch;
    callbacks.add(gone);
    return () => {
      callbacks.delete(gone);
      if (callbacks.size > 0 || this.#watches.get(hub)?.callbacks !== callbacks) return;
      this.#watches.delete(hub);
      abort.abort();
    };
  }

  close(): void {
    this.#stop.abort();
    for (const { abort } of this.#watches.values()) abort.abort();
    this.#watches.clear();
    for (const { port } of this.#children.values()) port.close();
    this.#children.clear();
    this.#unlink();
    void this.ready.then(() => this.#letGo(), () => undefined);
  }

  #way(to: string): Link | null {
    for (const link of this.#children.values()) if (link.hubs.has(to)) return link;
    return this.#linked ? this.#up : null;
  }

  #unlink(): void {
    this.#up?.port.close();
    this.#up = null;
    this.#linked = false;
  }

  #hear(event: MessageEvent): void {
    if (!isOurs(event.data)) return;
    event.stopImmediatePropagation(); // not for the program's own handlers
    const hello = readHello(event.data);
    const port = event.ports[0];
    if (hello === null || port === undefined || event.ports.length !== 1 || hello.hub === this.id || this.#reachable() >= maxHubs) {
      this.malformed++;
      for (const other of event.ports) other.close();
      return;
    }
    void this.ready.then(() => this.#adopt(hello.hub, port), () => port.close());
  }

  #adopt(child: string, port: MessagePort): void {
    if (this.#stop.signal.aborted) return port.close();
    this.#children.get(child)?.port.close();
    const link: Link = { port, hubs: new Set([child]) };
    this.#children.set(child, link);
    port.onmessage = (event) => this.#fromChild(link, event);
    port.postMessage({ type: 'linked', hub: this.id } satisfies LinkMessage);
    this.#tellParent('reach', [child]);
    this.watch(child, () => {
      if (this.#children.get(child) !== link) return;
      this.#children.delete(child);
      port.close();
      this.#tellParent('lost', [...link.hubs]);
    });
  }

  #fromChild(link: Link, event: MessageEvent): void {
    const message = readLinkMessage(event.data);
    if (message?.type === 'reach' && event.ports.length === 0 && this.#reachable() + message.hubs.length <= maxHubs) {
      for (const hub of message.hubs) link.hubs.add(hub);
      this.#tellParent('reach', message.hubs);
    } else if (message?.type === 'lost' && event.ports.length === 0) {
      for (const hub of message.hubs) link.hubs.delete(hub);
      this.#tellParent('lost', message.hubs);
    } else if (message?.type === 'connect' && event.ports.length === 1) {
      this.#pass(message.to, message.request, event.ports[0] as MessagePort, link);
    } else this.#ignore(event);
  }

  #fromParent(link: Link, event: MessageEvent): void {
    if (link !== this.#up) return this.#ignore(event);
    const message = readLinkMessage(event.data);
    if (message?.type === 'linked' && !this.#linked && event.ports.length === 0) {
      this.#linked = true;
      const below = [...this.#children.values()].flatMap(({ hubs }) => [...hubs]);
      this.#tellParent('reach', below);
      this.watch(message.hub, () => {
        if (this.#up === link) this.#unlink();
      });
    } else if (message?.type === 'connect' && event.ports.length === 1) {
      this.#pass(message.to, message.request, event.ports[0] as MessagePort, link);
    } else this.#ignore(event);
  }

  // On to the next context; never back where it came from, so that no message circles.
  #pass(to: string, request: ConnectRequest, port: MessagePort, from: Link): void {
    const next = to === this.id ? null : this.#way(to);
    if (to === this.id) this.onConnect(request, port);
    else if (next !== null && next !== from) next.port.postMessage({ type: 'connect', to, request } satisfies LinkMessage, [port]);
    else {
      port.postMessage({ type: 'refused', code: 'not_found', message: unreachable });
      port.close();
    }
  }

  #tellParent(type: 'reach' | 'lost', hubs: readonly string[]): void {
    if (this.#linked && hubs.length > 0) this.#up?.port.postMessage({ type, hubs } satisfies LinkMessage);
  }

  #reachable(): number {
    let count = 0;
    for (const { hubs } of this.#children.values()) count += hubs.size;
    return count;
  }

  #ignore(event: MessageEvent): void {
    this.malformed++;
    closeImages(event.data);
    for (const port of event.ports) port.close();
  }
}

export const unreachable =
  'the stream is in a context that no link leads to: its page calls connect(worker) for each worker, and pages in different tabs call start({ broker })';

function sameOrigin(other: Window): boolean {
  try {
    return other.location.origin === location.origin; // throws for another origin
  } catch {
    return false;
  }
}
