import { SlotPool, type Slots } from "./slot-pool.ts";

/** A segment with more entries than this is split when it is full: the most work that growth ever does at once. */
const SPLIT = 4096;
const FULL = 0.88;
const ROOMY = 0.78;
/** Bits of the hash kept beside a place: seven of eight strangers are told apart without looking at them. */
const TAG_SHIFT = 29;
const PLACE_MASK = 2 ** TAG_SHIFT - 1;
/** Beyond this, hashes are alike to nearly the last bit, and a segment grows instead of being split. */
const DEEPEST = 24;

interface Segment {
  slots: Slots;
  used: number;
  /** How many leading bits of the hash its entries share. */
  readonly depth: number;
}

/**
 * Places by hash: open addressing, four bytes an entry, in segments that grow one at a time (extendible hashing).
 * Who asks decides whether a place is the one meant. Places are 0 .. 2^29 - 2.
 */
export class HashIndex {
  readonly #pool = new SlotPool();
  readonly #hashOf: (place: number) => number;
  #directory: Segment[] = [{ slots: this.#pool.take(1), used: 0, depth: 0 }];
  #depth = 0;
  #segment = this.#directory[0] as Segment;
  #at = 0;
  #size = 0;
  /** Entries that change their segment, with their hashes; kept, for they come and go by thousands. */
  #entries = new Uint32Array(2 * SPLIT);
  #hashes = new Uint32Array(2 * SPLIT);

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
    for (let entry = slots.get(at); entry !== 0; entry = slots.get(at)) {
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
    put(segment, hash, (((hash & 7) << TAG_SHIFT) | (place + 1)) >>> 0);
    this.#size++;
  }

  /** The entry found last now stands for another place. Nothing may have been added or removed since. */
  moveFound(place: number): void {
    const { slots } = this.#segment;
    slots.set(this.#at, ((slots.get(this.#at) & ~PLACE_MASK) | (place + 1)) >>> 0);
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
      const entry = slots.get(at);
      if (entry === 0) break;
      const home = homeOf(this.#hashOf((entry & PLACE_MASK) - 1), segment);
      // It may move into the hole unless its home lies between the hole and itself.
      if ((at - home + size) % size < (at - hole + size) % size) continue;
      slots.set(hole, entry);
      hole = at;
    }
    slots.set(hole, 0);
    segment.used--;
    this.#size--;
  }

  #segmentOf(hash: number): Segment {
    return this.#directory[this.#depth === 0 ? 0 : hash >>> (32 - this.#depth)] as Segment;
  }

  #grow(segment: Segment, hash: number): void {
    const count = this.#empty(segment);
    if (count < SPLIT || segment.depth >= DEEPEST) {
      segment.slots = this.#slotsFor(count);
      segment.used = 0;
      for (let i = 0; i < count; i++) put(segment, this.#hashes[i] as number, this.#entries[i] as number);
      return;
    }
    if (segment.depth === this.#depth) {
      this.#directory = this.#directory.flatMap((one) => [one, one]);
      this.#depth++;
    }
    const depth = segment.depth + 1;
    const isHigh = (one: number) => (one >>> (32 - depth)) & 1;
    let highs = 0;
    for (let i = 0; i < count; i++) highs += isHigh(this.#hashes[i] as number);
    const low: Segment = { slots: this.#slotsFor(count - highs), used: 0, depth };
    const high: Segment = { slots: this.#slotsFor(highs), used: 0, depth };
    const span = 2 ** (this.#depth - depth);
    const start = Math.floor((hash >>> (32 - this.#depth)) / (2 * span)) * 2 * span;
    this.#directory.fill(low, start, start + span).fill(high, start + span, start + 2 * span);
    for (let i = 0; i < count; i++) {
      const one = this.#hashes[i] as number;
      put(isHigh(one) ? high : low, one, this.#entries[i] as number);
    }
  }

  /** Takes all entries out of a segment, which is left without slots. @returns how many there are */
  #empty({ slots, used }: Segment): number {
    if (used > this.#entries.length) {
      this.#entries = new Uint32Array(2 * used);
      this.#hashes = new Uint32Array(2 * used);
    }
    let count = 0;
    for (let at = 0; at < slots.length; at++) {
      const entry = slots.get(at);
      if (entry === 0) continue;
      this.#hashes[count] = this.#hashOf((entry & PLACE_MASK) - 1);
      this.#entries[count++] = entry;
    }
    this.#pool.give(slots);
    return count;
  }

  /** Slots for so many entries and some more. */
  #slotsFor(entries: number): Slots {
    return this.#pool.take(Math.floor(entries / ROOMY) + 1);
  }
}

/** The bits below those that chose the segment, spread over its slots. */
const homeOf = (hash: number, { depth, slots }: Segment): number =>
  Math.floor((((hash << depth) >>> 0) / 2 ** 32) * slots.length);

function put(segment: Segment, hash: number, entry: number): void {
  const { slots } = segment;
  let at = homeOf(hash, segment);
  while (slots.get(at) !== 0) if (++at === slots.length) at = 0;
  slots.set(at, entry);
  segment.used++;
}
