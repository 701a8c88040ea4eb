// How late and how often: the server's clock seen from here, and the figures of the last frames.
import { now } from '../descriptor.js';

interface Sample {
  offset: number;
  trip: number;
}

/** What must be added to this page's microseconds to get the server's; the best of the last pings, since a slow one says little. */
export class ServerClock {
  #samples: Sample[] = [];

  /** `sent` and `received` are this page's, `server` the server's, all in microseconds. */
  add(sent: number, received: number, server: number): void {
    if (!(received >= sent)) return;
    this.#samples.push({ offset: server - (sent + received) / 2, trip: received - sent });
    if (this.#samples.length > 16) this.#samples.shift();
  }

  /** A server that was started anew may count from elsewhere. */
  reset(): void {
    this.#samples = [];
  }

  get best(): Sample | undefined {
    return this.#samples.reduce<Sample | undefined>((best, sample) => (best && best.trip <= sample.trip ? best : sample), undefined);
  }

  /** Server's microseconds now; undefined before the first answer. */
  now(): number | undefined {
    const best = this.best;
    return best && now() + best.offset;
  }
}

export interface Spread {
  /** Milliseconds. */
  median: number;
  p95: number;
}

/** The newest `size` values. */
export class Recent {
  #values: number[] = [];
  readonly #size: number;

  constructor(size = 256) {
    this.#size = size;
  }

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > this.#size) this.#values.shift();
  }

  clear(): void {
    this.#values = [];
  }

  spread(): Spread | undefined {
    if (this.#values.length === 0) return undefined;
    const sorted = [...this.#values].sort((a, b) => a - b);
    const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] as number;
    return { median: at(0.5), p95: at(0.95) };
  }
}

/** Events a second over the last two seconds. */
export class Rate {
  #times: number[] = [];

  add(at = performance.now()): void {
    this.#times.push(at);
    if (this.#times.length > 1024) this.#times.shift();
  }

  perSecond(at = performance.now()): number {
    while (this.#times.length > 0 && at - (this.#times[0] as number) > 2000) this.#times.shift();
    const first = this.#times[0];
    if (first === undefined || this.#times.length < 2) return 0;
    return ((this.#times.length - 1) * 1000) / Math.max(at - first, 1);
  }
}
