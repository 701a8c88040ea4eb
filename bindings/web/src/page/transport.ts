// The transport between contexts of one origin, and the functions that most programs use: one transport per context.
import { checkName } from '../descriptor.js';
import { GeyserError } from '../errors.js';
import type { Directory, Publisher, PublisherOptions, Subscriber, SubscriberOptions, Transport } from '../stream.js';
import { checkedSubscriberOptions } from '../subscriber.js';
import type { ChildEndpoint, ParentEndpoint } from './hub.js';
import { Hub } from './hub.js';
import { checkedPublisherOptions, PagePublisher } from './publisher.js';
import { PageDirectory, Registry } from './registry.js';
import { Reader } from './subscriber.js';

export class PageTransport implements Transport {
  readonly #hub = new Hub();
  readonly #registry = new Registry(this.#hub);
  readonly #publishers = new Map<string, PagePublisher>(); // by uuid
  readonly #readers = new Set<Reader>();
  readonly #directories = new Set<PageDirectory>();
  #closed = false;

  constructor() {
    this.#hub.onConnect = (request, port) => {
      const publisher = this.#publishers.get(request.stream);
      if (publisher !== undefined) {
        publisher.attach(request, port);
        return;
      }
      port.postMessage({ type: 'refused', code: 'peer_gone', message: 'that publisher has ended' });
      port.close();
    };
  }

  /** Messages from other contexts that were not understood by anybody in this one; a stream's own are in its statistics. */
  get malformed(): number {
    return this.#hub.malformed + this.#registry.malformed;
  }

  setParent(endpoint: ParentEndpoint): void {
    this.#open();
    this.#hub.setParent(endpoint);
  }

  connect(endpoint: ChildEndpoint): void {
    this.#open();
    this.#hub.connect(endpoint);
    this.#registry.invite();
  }

  async publish(name: string, options: PublisherOptions = {}): Promise<Publisher> {
    this.#open();
    checkName(name);
    const checked = checkedPublisherOptions(options);
    const freeName = await this.#registry.take(name);
    if (this.#closed) {
      await freeName();
      this.#open();
    }
    const publisher: PagePublisher = new PagePublisher(name, checked, this.#hub, this.#registry, freeName, () => this.#publishers.delete(publisher.uuid));
    this.#publishers.set(publisher.uuid, publisher);
    return publisher;
  }

  async subscribe(name: string, options: SubscriberOptions = {}): Promise<Subscriber> {
    this.#open();
    checkName(name);
    const reader: Reader = new Reader(name, checkedSubscriberOptions(options), this.#hub, this.#registry, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    try {
      return await reader.connect();
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  directory(): Directory {
    this.#open();
    const directory = new PageDirectory(this.#registry);
    this.#directories.add(directory);
    return directory;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const directory of this.#directories) directory.close();
    await Promise.all([...this.#readers].map((reader) => reader.end()));
    await Promise.all([...this.#publishers.values()].map((publisher) => publisher.close()));
    this.#registry.close();
    this.#hub.close();
  }

  #open(): void {
    if (this.#closed) throw new GeyserError('invalid_state', 'this transport is closed; make another one');
  }
}

let common: PageTransport | null = null;

/** The context's own transport, made by the first call. Errors: unsupported_feature (no Web Locks or BroadcastChannel). */
export function pageTransport(): PageTransport {
  return (common ??= new PageTransport());
}

export interface StartOptions {
  /**
   * A SharedWorker that runs `geyser-web/broker` (or any that imports this package and calls start()): joins the tabs of an origin. Without it,
   * a page finds its own frames, popups and workers.
   */
  readonly broker?: SharedWorker;
  /** A port whose other end called connect(): for contexts that nothing else joins. */
  readonly parent?: MessagePort;
}

/** Starts the context's transport; publish(), subscribe() and directory() do it, too. Call it first to give a broker or a parent. */
export function start(options: StartOptions = {}): PageTransport {
  if (options.broker !== undefined && options.parent !== undefined) {
    throw new GeyserError('invalid_argument', 'start() was given a broker and a parent; a context has one way up');
  }
  const transport = pageTransport();
  const endpoint = options.broker ?? options.parent;
  if (endpoint !== undefined) transport.setParent(endpoint);
  return transport;
}

/**
 * Lets a worker that this context made, or the context at the other end of a port, take part.
 * Called later than in the task that makes the worker, the page's own handlers may see a message of this package from it.
 */
export function connect(endpoint: ChildEndpoint): void {
  pageTransport().connect(endpoint);
}

/** Publishes a stream of this context. Rejects with invalid_argument (name, options), invalid_state (the name is taken by one that lives). */
export function publish(name: string, options?: PublisherOptions): Promise<Publisher> {
  return pageTransport().publish(name, options);
}

/**
 * Reads a stream of this origin. Rejects with not_found (no such stream within the time, or no way to it: the message says which),
 * timed_out (the publisher does not answer), limit_exceeded, invalid_argument.
 */
export function subscribe(name: string, options?: SubscriberOptions): Promise<Subscriber> {
  return pageTransport().subscribe(name, options);
}

/** The streams of this origin that this context can see. */
export function directory(): Directory {
  return pageTransport().directory();
}
