const CHUNK_BITS = 14;
const CHUNK = 1 << CHUNK_BITS;
const MASK = CHUNK - 1;

/**
 * A heap of (tick, name) pairs of 32 bits each, the smallest tick first: eight bytes an entry, growing by chunks
 * that are never copied. Of equal ticks any may come first.
 */
export class CoarseHeap {
  readonly #ticks: Uint32Array[] = [];
  readonly #names: Uint32Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The smallest tick; Infinity when there is none. */
  get tick(): number {
    return this.#size > 0 ? ((this.#ticks[0] as Uint32Array)[0] as number) : Number.POSITIVE_INFINITY;
  }

  push(tick: number, name: number): void {
    if (this.#size === this.#ticks.length * CHUNK) {
      this.#ticks.push(new Uint32Array(CHUNK));
      this.#names.push(new Uint32Array(CHUNK));
    }
    let at = this.#size++;
    while (at > 0) {
      const up = (at - 1) >> 2;
      const parent = this.#tickAt(up);
      if (parent <= tick) break;
      this.#put(at, parent, this.#nameAt(up));
      at = up;
    }
    this.#put(at, tick, name);
  }

  /** Takes the entry with the smallest tick out. @returns its name */
  pop(): number {
    if (this.#size === 0) throw new RangeError("expected an entry, got an empty heap");
    const first = this.#nameAt(0);
    const size = --this.#size;
    const tick = this.#tickAt(size);
    const name = this.#nameAt(size);
    // One chunk is kept to spare, so that a size that swings about a limit costs nothing.
    if (this.#ticks.length * CHUNK - size > 2 * CHUNK) {
      this.#ticks.pop();
      this.#names.pop();
    }
    if (size === 0) return first;
    let at = 0;
    for (;;) {
      const from = 4 * at + 1;
      if (from >= size) break;
      let child = from;
      let least = this.#tickAt(from);
      for (let other = from + 1; other < Math.min(from + 4, size); other++) {
        const one = this.#tickAt(other);
        if (one < least) {
          least = one;
          child = other;
        }
      }
      if (least >= tick) break;
      this.#put(at, least, this.#nameAt(child));
      at = child;
    }
    this.#put(at, tick, name);
    return first;
  }

  #tickAt(at: number): number {
    return (this.#ticks[at >>> CHUNK_BITS] as Uint32Array)[at & MASK] as number;
  }
  #nameAt(at: number): number {
    return (this.#names[at >>> CHUNK_BITS] as Uint32Array)[at & MASK] as number;
  }
  #put(at: number, tick: number, name: number): void {
    (this.#ticks[at >>> CHUNK_BITS] as Uint32Array)[at & MASK] = tick;
    (this.#names[at >>> CHUNK_BITS] as Uint32Array)[at & MASK] = name;
  }
}
