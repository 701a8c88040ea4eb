// Random pictures that both sides can make from a seed.

export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/** Opaque RGBA, every colour byte random. */
export function pattern(seed: number, width: number, height: number): Uint8ClampedArray<ArrayBuffer> {
  const next = random(seed);
  const bytes = new Uint8ClampedArray(width * height * 4);
  const words = new Uint32Array(bytes.buffer);
  for (let i = 0; i < words.length; i++) words[i] = next() | 0xff000000;
  return bytes;
}

export interface Difference {
  readonly texels: number;
  readonly largest: number;
  readonly where: string;
}

/** How many texels differ, and by how much at most in one channel. */
export function compare(got: ArrayLike<number>, wanted: ArrayLike<number>, width: number): Difference {
  let texels = 0;
  let largest = 0;
  let where = '';
  if (got.length !== wanted.length) return { texels: -1, largest: 255, where: `${got.length} bytes instead of ${wanted.length}` };
  for (let i = 0; i < wanted.length; i += 4) {
    let worst = 0;
    for (let c = 0; c < 4; c++) worst = Math.max(worst, Math.abs((got[i + c] as number) - (wanted[i + c] as number)));
    if (worst > 0 && texels++ === 0) {
      const at = (list: ArrayLike<number>): string => [0, 1, 2, 3].map((c) => list[i + c]).join(',');
      where = `${(i / 4) % width},${Math.floor(i / 4 / width)}: ${at(got)} instead of ${at(wanted)}`;
    }
    largest = Math.max(largest, worst);
  }
  return { texels, largest, where };
}
