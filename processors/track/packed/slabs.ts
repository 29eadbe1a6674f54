/** Places are multiples of this many bytes. */
const UNIT = 4;
const CHUNK = 1 << 20;
/** Numbers of places are taken apart by shifts: units in a chunk, units in a page. */
const CHUNK_SHIFT = 18;
const PAGE_SHIFT = 12;
/** All places of a page have one size. */
const PAGE = 1 << 14;
const PAGES_A_CHUNK = CHUNK / PAGE;
const FREE_PAGE = 255;
/** First byte of a place that holds nothing: no record begins with it. */
const NOTHING = 0xff;
/** Places are numbered in 29 bits. */
const MOST_PAGES = 2 ** (29 - PAGE_SHIFT);
/** Page header of a saved page: size class, places ever used. */
const HEADER = 4;
const PAGES_A_BLOCK = 16;

/** Sizes of places in bytes, by number of the size class. */
export const SIZES: readonly number[] = (() => {
  const sizes: number[] = [];
  for (let size = 12; size < 2048; size = size < 128 ? size + UNIT : Math.ceil((size * 1.125) / UNIT) * UNIT) {
    sizes.push(size);
  }
  return [...sizes, 2048];
})();
const CLASS_OF = Uint8Array.from({ length: 2049 }, (_, bytes) => SIZES.findIndex((size) => size >= bytes));

interface Cut {
  readonly pages: number;
  /** Pages before this one are saved already. */
  next: number;
  /** Pages that changed since, as they were. */
  readonly images: Map<number, Uint8Array>;
}

/**
 * Memory for records of 1 to 2048 bytes, in pages of equal places, growing by a megabyte at a time and moving
 * nothing. It can be saved as it was at one moment while it goes on changing: a page that is about to change is
 * copied first, once.
 */
export class Slabs {
  readonly #chunks: Uint8Array[] = [];
  readonly #class: number[] = [];
  /** Places ever used, places in use, and the first free one (its number + 1), by page. */
  readonly #used: number[] = [];
  readonly #live: number[] = [];
  readonly #free: number[] = [];
  /** Pages that may have room, by class; the last one is asked first. */
  readonly #roomy: number[][] = SIZES.map(() => []);
  readonly #freePages: number[] = [];
  #cut: Cut | undefined;

  /** The bytes a place lies in, and where in them. */
  bytes(place: number): Uint8Array {
    return this.#chunks[place >>> CHUNK_SHIFT] as Uint8Array;
  }
  offset(place: number): number {
    return (place & (2 ** CHUNK_SHIFT - 1)) * UNIT;
  }

  /** Keeps a record. @returns its place */
  add(record: Uint8Array, length: number): number {
    const size = CLASS_OF[length] as number;
    const page = this.#roomyPage(size);
    this.#touch(page);
    const bytes = SIZES[size] as number;
    const free = this.#free[page] as number;
    const slot = free > 0 ? free - 1 : (this.#used[page] as number);
    const place = page * 2 ** PAGE_SHIFT + (slot * bytes) / UNIT;
    const chunk = this.bytes(place);
    const at = this.offset(place);
    if (free > 0) this.#free[page] = (chunk[at + 1] as number) | ((chunk[at + 2] as number) << 8);
    else this.#used[page] = slot + 1;
    this.#live[page] = (this.#live[page] as number) + 1;
    copy(record, length, chunk, at);
    return place;
  }

  /** Puts another record in the place of one. @returns its place, the same one if it fits */
  replace(place: number, record: Uint8Array, length: number): number {
    const page = place >>> PAGE_SHIFT;
    if (this.#class[page] === CLASS_OF[length]) {
      this.#touch(page);
      copy(record, length, this.bytes(place), this.offset(place));
      return place;
    }
    this.remove(place);
    return this.add(record, length);
  }

  remove(place: number): void {
    const page = place >>> PAGE_SHIFT;
    this.#touch(page);
    const size = this.#class[page] as number;
    const slot = ((place & (2 ** PAGE_SHIFT - 1)) * UNIT) / (SIZES[size] as number);
    const chunk = this.bytes(place);
    const at = this.offset(place);
    const free = this.#free[page] as number;
    const wasFull = free === 0 && this.#used[page] === placesOf(size);
    chunk[at] = NOTHING;
    chunk[at + 1] = free & 255;
    chunk[at + 2] = free >>> 8;
    this.#free[page] = slot + 1;
    this.#live[page] = (this.#live[page] as number) - 1;
    if (this.#live[page] === 0) {
      this.#class[page] = FREE_PAGE;
      this.#freePages.push(page);
    } else if (wasFull) this.#roomy[size]?.push(page);
  }

  /** The pages as they are now, in blocks of bytes; what changes meanwhile is not seen. It ends a saving before it. */
  save(): Iterable<Uint8Array> {
    const cut: Cut = { pages: this.#class.length, next: 0, images: new Map() };
    this.#cut = cut;
    return this.#blocks(cut);
  }

  /** Takes over the pages of a saved block. @returns the places of the records in them */
  load(block: Uint8Array): number[] {
    const places: number[] = [];
    const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
    for (let at = 0; at < block.length; ) {
      const size = view.getUint16(at);
      const used = view.getUint16(at + 2);
      const bytes = SIZES[size];
      if (bytes === undefined || used > placesOf(size)) throw new RangeError(`expected a page, got ${size}/${used}`);
      const page = this.#newPage(size);
      const chunk = this.bytes(page * 2 ** PAGE_SHIFT);
      const start = this.offset(page * 2 ** PAGE_SHIFT);
      chunk.set(block.subarray(at + HEADER, at + HEADER + used * bytes), start);
      at += HEADER + used * bytes;
      this.#used[page] = used;
      for (let slot = used - 1; slot >= 0; slot--) {
        const place = start + slot * bytes;
        if (chunk[place] !== NOTHING) {
          this.#live[page] = (this.#live[page] as number) + 1;
          places.push(page * 2 ** PAGE_SHIFT + (slot * bytes) / UNIT);
          continue;
        }
        const free = this.#free[page] as number;
        chunk[place + 1] = free & 255;
        chunk[place + 2] = free >>> 8;
        this.#free[page] = slot + 1;
      }
    }
    return places;
  }

  *#blocks(cut: Cut): Iterable<Uint8Array> {
    try {
      while (cut.next < cut.pages) {
        if (this.#cut !== cut) throw new Error("expected one saving at a time");
        const images: Uint8Array[] = [];
        for (let n = 0; n < PAGES_A_BLOCK && cut.next < cut.pages; n++, cut.next++) {
          const image = cut.images.get(cut.next) ?? this.#image(cut.next);
          cut.images.delete(cut.next);
          if (image.length > 0) images.push(image);
        }
        if (images.length > 0) yield Buffer.concat(images);
      }
    } finally {
      if (this.#cut === cut) this.#cut = undefined;
    }
  }

  #image(page: number): Uint8Array {
    const size = this.#class[page] as number;
    if (size === FREE_PAGE) return new Uint8Array(0);
    const used = this.#used[page] as number;
    const length = used * (SIZES[size] as number);
    const image = Buffer.allocUnsafeSlow(HEADER + length);
    image.writeUInt16BE(size, 0);
    image.writeUInt16BE(used, 2);
    const start = this.offset(page * 2 ** PAGE_SHIFT);
    image.set(this.bytes(page * 2 ** PAGE_SHIFT).subarray(start, start + length), HEADER);
    return image;
  }

  #touch(page: number): void {
    const cut = this.#cut;
    if (cut && page >= cut.next && page < cut.pages && !cut.images.has(page)) cut.images.set(page, this.#image(page));
  }

  #roomyPage(size: number): number {
    const roomy = this.#roomy[size] as number[];
    for (let page = roomy.at(-1); page !== undefined; page = roomy.at(-1)) {
      const room = this.#free[page] !== 0 || (this.#used[page] as number) < placesOf(size);
      if (this.#class[page] === size && room) return page;
      roomy.pop();
    }
    return this.#newPage(size);
  }

  #newPage(size: number): number {
    const page = this.#freePages.pop() ?? this.#class.length;
    if (page >= MOST_PAGES) throw new RangeError("expected at most 2 GiB of orders in a partition: add partitions");
    if (page === this.#chunks.length * PAGES_A_CHUNK) this.#chunks.push(new Uint8Array(CHUNK));
    this.#touch(page);
    this.#class[page] = size;
    this.#used[page] = 0;
    this.#live[page] = 0;
    this.#free[page] = 0;
    this.#roomy[size]?.push(page);
    return page;
  }
}

const placesOf = (size: number): number => Math.floor(PAGE / (SIZES[size] as number));

/** Records are short: a loop is quicker than a call. */
function copy(record: Uint8Array, length: number, to: Uint8Array, at: number): void {
  for (let i = 0; i < length; i++) to[at + i] = record[i] as number;
}
