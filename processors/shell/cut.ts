const BLOCK_BYTES = 128 * 1024;

/**
 * Things as they are at one moment, written out while they go on changing: who is about to change one touches it
 * first, and it is written at once as it was.
 */
export class Cut<T> {
  readonly #waiting: Set<T>;
  readonly #written: string[] = [];
  readonly #write: (thing: T) => string;

  constructor(things: Iterable<T>, write: (thing: T) => string) {
    this.#waiting = new Set(things);
    this.#write = write;
  }

  touch(thing: T): void {
    if (this.#waiting.delete(thing)) this.#written.push(this.#write(thing));
  }

  /** The texts, which have no line breaks in them, as lines in blocks of bytes. */
  *blocks(): Iterable<Uint8Array> {
    let lines: string[] = [];
    let length = 0;
    for (const line of this.#lines()) {
      lines.push(line);
      length += line.length + 1;
      if (length < BLOCK_BYTES) continue;
      yield Buffer.from(lines.join("\n"));
      lines = [];
      length = 0;
    }
    if (lines.length > 0) yield Buffer.from(lines.join("\n"));
  }

  *#lines(): Iterable<string> {
    for (const thing of this.#waiting) {
      this.#waiting.delete(thing);
      yield this.#write(thing);
    }
    yield* this.#written;
  }
}

export const linesOf = (block: Uint8Array): string[] => Buffer.from(block).toString("utf8").split("\n");
