import type { Bytes } from "./bytes.ts";

/** Past this many a word is written out where it stands: what outsiders may invent must not fill the memory. */
const MOST = 65_536;

/** Words that many orders say, by number in the order they came. They are only ever added. */
export class Words {
  readonly list: string[];
  readonly #codes: Map<string, number>;
  readonly #most: number;

  constructor(words: readonly string[] = [], most = MOST) {
    this.list = [...words];
    this.#codes = new Map(words.map((word, code) => [word, code]));
    this.#most = most;
  }

  /** The number of a word, or undefined when it is new and there are enough. */
  code(word: string): number | undefined {
    const known = this.#codes.get(word);
    if (known !== undefined || this.list.length >= this.#most) return known;
    this.#codes.set(word, this.list.length);
    return this.list.push(word) - 1;
  }

  word(code: number): string {
    const word = this.list[code];
    if (word === undefined) throw new RangeError(`expected a word below ${this.list.length}, got ${code}`);
    return word;
  }
}

const LONE_SURROGATE = /\p{Cs}/u;

/** Text of any kind: its length, then UTF-8, or UTF-16 where half a surrogate pair would not survive. */
export function writeText(to: Bytes, text: string): void {
  const wellFormed = !LONE_SURROGATE.test(text);
  const length = wellFormed ? Buffer.byteLength(text) : text.length * 2;
  to.varint(length * 2 + (wellFormed ? 0 : 1));
  if (to.at + length <= to.buf.length) bufferOf(to.buf).write(text, to.at, wellFormed ? "utf8" : "utf16le");
  to.at += length;
}

export function readText(from: Bytes): string {
  const head = from.readVarint();
  const start = from.at;
  from.at += head >>> 1;
  return bufferOf(from.buf).toString(head % 2 === 0 ? "utf8" : "utf16le", start, from.at);
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
