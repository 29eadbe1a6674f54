/** Slots of a page, as a power of two. */
const PAGE_BITS = 6;
export const PAGE = 1 << PAGE_BITS;
/** Pages that memory grows by, as a power of two; a chunk is never copied. */
const CHUNK_BITS = 10;
const CHUNK = 1 << CHUNK_BITS;

/** So many slots of 32 bits, empty at first. */
export class Slots {
  readonly length: number;
  readonly pages: Uint32Array;
  readonly #chunks: readonly Uint32Array[];

  constructor(pages: Uint32Array, chunks: readonly Uint32Array[]) {
    this.pages = pages;
    this.length = pages.length * PAGE;
    this.#chunks = chunks;
  }

  get(at: number): number {
    const page = this.pages[at >>> PAGE_BITS] as number;
    return (this.#chunks[page >>> CHUNK_BITS] as Uint32Array)[placeOf(page, at)] as number;
  }

  set(at: number, value: number): void {
    const page = this.pages[at >>> PAGE_BITS] as number;
    (this.#chunks[page >>> CHUNK_BITS] as Uint32Array)[placeOf(page, at)] = value;
  }
}

const placeOf = (page: number, at: number): number => ((page & (CHUNK - 1)) << PAGE_BITS) | (at & (PAGE - 1));

/**
 * Slots made of equal pages. Arrays that grow a little at a time would leave holes of all sizes behind them, for the
 * collector and for the allocator below it; a page that is given back is used again as it is.
 */
export class SlotPool {
  readonly #chunks: Uint32Array[] = [];
  readonly #free: number[] = [];
  #made = 0;

  /** @returns at least so many slots */
  take(slots: number): Slots {
    const pages = new Uint32Array(Math.ceil(slots / PAGE));
    for (let i = 0; i < pages.length; i++) pages[i] = this.#page();
    return new Slots(pages, this.#chunks);
  }

  /** Takes slots back that nobody may look at any more. */
  give({ pages }: Slots): void {
    for (const page of pages) this.#free.push(page);
  }

  #page(): number {
    const free = this.#free.pop();
    if (free !== undefined) {
      const start = placeOf(free, 0);
      this.#chunks[free >>> CHUNK_BITS]?.fill(0, start, start + PAGE);
      return free;
    }
    if (this.#made === this.#chunks.length * CHUNK) this.#chunks.push(new Uint32Array(CHUNK * PAGE));
    return this.#made++;
  }
}
