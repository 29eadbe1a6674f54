import { CoarseHeap } from "./coarse-heap.ts";

/** Words of a block: a link to the block before it, and names. */
const BLOCK = 16;
const NAMES = BLOCK - 1;
/** Blocks that memory grows by; a chunk is never copied. */
const CHUNK = 1 << 12;

/** Names of one tick: blocks linked from the one that is being filled. */
interface Bucket {
  block: number;
  filled: number;
}

/**
 * Names of 32 bits by tick, the smallest tick first: between four and five bytes a name where ticks have many. Only the
 * ticks are sorted; of equal ticks any name may come first.
 */
export class TickQueue {
  readonly #ticks = new CoarseHeap();
  readonly #buckets = new Map<number, Bucket>();
  readonly #chunks: Uint32Array[] = [];
  /** The first block that nobody uses (its number + 1), linked like the blocks of a bucket. */
  #free = 0;
  #blocks = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The smallest tick; Infinity when there is none. */
  get tick(): number {
    return this.#ticks.tick;
  }

  push(tick: number, name: number): void {
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      bucket = { block: this.#newBlock(0), filled: 0 };
      this.#buckets.set(tick, bucket);
      this.#ticks.push(tick, 0);
    } else if (bucket.filled === NAMES) {
      bucket.block = this.#newBlock(bucket.block + 1);
      bucket.filled = 0;
    }
    bucket.filled++;
    this.#chunkOf(bucket.block)[wordOf(bucket.block) + bucket.filled] = name;
    this.#size++;
  }

  /** Takes a name of the smallest tick out. */
  pop(): number {
    const { tick } = this;
    const bucket = this.#buckets.get(tick);
    if (bucket === undefined) throw new RangeError("expected a name, got an empty queue");
    const { block } = bucket;
    const chunk = this.#chunkOf(block);
    const word = wordOf(block);
    const name = chunk[word + bucket.filled] as number;
    bucket.filled--;
    this.#size--;
    if (bucket.filled > 0) return name;
    const before = chunk[word] as number;
    chunk[word] = this.#free;
    this.#free = block + 1;
    if (before > 0) {
      bucket.block = before - 1;
      bucket.filled = NAMES;
    } else {
      this.#buckets.delete(tick);
      this.#ticks.pop();
    }
    return name;
  }

  #newBlock(before: number): number {
    let block = this.#free - 1;
    if (block >= 0) this.#free = this.#chunkOf(block)[wordOf(block)] as number;
    else {
      block = this.#blocks++;
      if (block === this.#chunks.length * CHUNK) this.#chunks.push(new Uint32Array(CHUNK * BLOCK));
    }
    this.#chunkOf(block)[wordOf(block)] = before;
    return block;
  }

  #chunkOf(block: number): Uint32Array {
    return this.#chunks[Math.floor(block / CHUNK)] as Uint32Array;
  }
}

const wordOf = (block: number): number => (block % CHUNK) * BLOCK;
