/** A segment is split when it has more entries than this: the most work that growth ever does at once. */
const SPLIT = 4096;
const FULL = 0.88;
const ROOMY = 0.75;
const SMALLEST = 8;
/** Bits of the hash kept beside a place: seven of eight strangers are told apart without looking at them. */
const TAG_SHIFT = 29;
const PLACE_MASK = 2 ** TAG_SHIFT - 1;

interface Segment {
  slots: Uint32Array;
  used: number;
  /** How many leading bits of the hash its entries share. */
  depth: number;
}

/**
 * Places by hash: open addressing, four bytes an entry, in segments that grow one at a time (extendible hashing).
 * Who asks decides whether a place is the one meant. Places are 0 .. 2^29 - 2.
 */
export class HashIndex {
  #directory: Segment[] = [{ slots: new Uint32Array(SMALLEST), used: 0, depth: 0 }];
  #depth = 0;
  readonly #hashOf: (place: number) => number;
  #segment = this.#directory[0] as Segment;
  #at = 0;
  #size = 0;

  /** @param hashOf  the hash that a place was added with, 32 bits unsigned */
  constructor(hashOf: (place: number) => number) {
    this.#hashOf = hashOf;
  }

  get size(): number {
    return this.#size;
  }

  /** The first place with this hash that `isMeant`, or -1. */
  find(hash: number, isMeant: (place: number) => boolean): number {
    const segment = this.#segmentOf(hash);
    const { slots } = segment;
    const tag = hash & 7;
    let at = homeOf(hash, segment);
    for (let entry = slots[at] as number; entry !== 0; entry = slots[at] as number) {
      if (entry >>> TAG_SHIFT === tag) {
        const place = (entry & PLACE_MASK) - 1;
        if (isMeant(place)) {
          this.#segment = segment;
          this.#at = at;
          return place;
        }
      }
      if (++at === slots.length) at = 0;
    }
    return -1;
  }

  add(hash: number, place: number): void {
    let segment = this.#segmentOf(hash);
    if (segment.used + 1 > segment.slots.length * FULL) {
      this.#grow(segment, hash);
      segment = this.#segmentOf(hash);
    }
    put(segment, hash, place);
    this.#size++;
  }

  /** The entry found last now stands for another place. Nothing may have been added or removed since. */
  moveFound(place: number): void {
    const { slots } = this.#segment;
    slots[this.#at] = (((slots[this.#at] as number) & ~PLACE_MASK) | (place + 1)) >>> 0;
  }

  /** Forgets the entry found last. The records of its neighbours must still be there. */
  removeFound(): void {
    const segment = this.#segment;
    const { slots } = segment;
    const size = slots.length;
    let hole = this.#at;
    let at = hole;
    for (;;) {
      if (++at === size) at = 0;
      const entry = slots[at] as number;
      if (entry === 0) break;
      const home = homeOf(this.#hashOf((entry & PLACE_MASK) - 1), segment);
      // It may move into the hole unless its home lies between the hole and itself.
      if ((at - home + size) % size < (at - hole + size) % size) continue;
      slots[hole] = entry;
      hole = at;
    }
    slots[hole] = 0;
    segment.used--;
    this.#size--;
  }

  #segmentOf(hash: number): Segment {
    return this.#directory[this.#depth === 0 ? 0 : hash >>> (32 - this.#depth)] as Segment;
  }

  #grow(segment: Segment, hash: number): void {
    if (segment.used < SPLIT || segment.depth >= 24) {
      const old = segment.slots;
      segment.slots = new Uint32Array(Math.ceil(old.length * 1.18) + 2);
      segment.used = 0;
      this.#refill(old, () => segment);
      return;
    }
    if (segment.depth === this.#depth) {
      this.#directory = this.#directory.flatMap((one) => [one, one]);
      this.#depth++;
    }
    const depth = segment.depth + 1;
    const half = (): Segment => ({ slots: new Uint32Array(Math.ceil(segment.used / 2 / ROOMY)), used: 0, depth });
    const [low, high] = [half(), half()];
    const span = 2 ** (this.#depth - depth);
    const start = Math.floor((hash >>> (32 - this.#depth)) / (2 * span)) * 2 * span;
    for (let i = 0; i < span; i++) {
      this.#directory[start + i] = low;
      this.#directory[start + span + i] = high;
    }
    this.#refill(segment.slots, (one) => ((one >>> (32 - depth)) & 1 ? high : low));
  }

  #refill(old: Uint32Array, target: (hash: number) => Segment): void {
    for (const entry of old) {
      if (entry === 0) continue;
      const place = (entry & PLACE_MASK) - 1;
      const hash = this.#hashOf(place);
      const segment = target(hash);
      // A split that came out uneven.
      if (segment.used + 1 >= segment.slots.length) {
        const slots = segment.slots;
        segment.slots = new Uint32Array(slots.length + (slots.length >> 2) + 2);
        segment.used = 0;
        this.#refill(slots, () => segment);
      }
      put(segment, hash, place);
    }
  }
}

/** The bits below those that chose the segment, spread over its slots. */
const homeOf = (hash: number, { depth, slots }: Segment): number =>
  Math.floor((((hash << depth) >>> 0) / 2 ** 32) * slots.length);

function put(segment: Segment, hash: number, place: number): void {
  const { slots } = segment;
  let at = homeOf(hash, segment);
  while (slots[at] !== 0) if (++at === slots.length) at = 0;
  slots[at] = (((hash & 7) << TAG_SHIFT) | (place + 1)) >>> 0;
  segment.used++;
}
