import type { Bytes } from "./bytes.ts";
import { readText, Words, writeText } from "./words.ts";

/**
 * Ids in few bytes: one byte says the form (three bits) and a length (five bits), the form's bytes follow. The same
 * id always has the same bytes within one table, so they are compared and hashed without being read. Form 7 is
 * never used: a first byte of 0xff can mark a free place.
 */
const FORM = { text: 0, number: 1, hex: 2, uuid: 3, six: 4 } as const;
/** Most beginnings of numbered ids that are kept apart, and the longest. */
const PREFIXES = 2048;
const PREFIX_LENGTH = 16;
/** Bytes that hold a number of so many digits. */
const BYTES = Array.from({ length: 16 }, (_, digits) => Math.ceil(Math.log2(10 ** digits) / 8));

const DIGIT = 1;
const HEX = 2;
const SIX = 4;
const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-";
const kinds = new Uint8Array(128);
const sixOf = new Uint8Array(128);
for (const [value, letter] of [...ALPHABET].entries()) {
  const code = letter.charCodeAt(0);
  kinds[code] = SIX | (value < 16 ? HEX : 0) | (value < 10 ? DIGIT : 0);
  sixOf[code] = value;
}
const kindAt = (text: string, at: number): number => kinds[text.charCodeAt(at)] ?? 0;
const valueAt = (text: string, at: number): number => sixOf[text.charCodeAt(at)] ?? 0;

export class Ids {
  readonly prefixes: Words;

  constructor(prefixes: readonly string[] = []) {
    this.prefixes = new Words(prefixes, PREFIXES);
  }

  write(to: Bytes, id: string): void {
    const { length } = id;
    let all = DIGIT | HEX | SIX;
    let digits = 0;
    for (let at = 0; at < length; at++) {
      const kind = kindAt(id, at);
      all &= kind;
      digits = kind & DIGIT ? digits + 1 : 0;
    }
    if (length === 36 && isUuid(id)) {
      to.byte(FORM.uuid << 5);
      for (const [from, until] of UUID) writeHex(to, id, from, until);
    } else if (all & HEX && !(all & DIGIT) && length % 2 === 0 && length <= 62) {
      to.byte((FORM.hex << 5) | (length / 2));
      writeHex(to, id, 0, length);
    } else if (!(digits >= 3 && this.#number(to, id, Math.min(digits, 30)))) {
      if (all & SIX && length > 0 && length <= 31) {
        to.byte((FORM.six << 5) | length);
        writeSix(to, id);
      } else {
        to.byte(FORM.text << 5);
        writeText(to, id);
      }
    }
  }

  read(from: Bytes): string {
    const head = from.readByte();
    const length = head & 31;
    switch (head >>> 5) {
      case FORM.text:
        return readText(from);
      case FORM.number: {
        const prefix = this.prefixes.word(from.readVarint());
        const high = length > 15 ? readNumber(from, length - 15) : "";
        return prefix + high + readNumber(from, Math.min(length, 15));
      }
      case FORM.hex:
        return readHex(from, length);
      case FORM.uuid:
        return UUID.map(([start, end]) => readHex(from, (end - start) / 2)).join("-");
      case FORM.six:
        return readSix(from, length);
      default:
        throw new RangeError(`expected the first byte of an id, got ${head}`);
    }
  }

  /** Moves past an id without reading it. */
  skip(from: Bytes): void {
    const head = from.readByte();
    const length = head & 31;
    switch (head >>> 5) {
      case FORM.text: {
        const size = from.readVarint() >>> 1;
        from.at += size;
        return;
      }
      case FORM.number:
        from.readVarint();
        from.at += length > 15 ? bytesOf(length - 15) + bytesOf(15) : bytesOf(length);
        return;
      case FORM.hex:
        from.at += length;
        return;
      case FORM.uuid:
        from.at += 16;
        return;
      default:
        from.at += (length * 6 + 7) >> 3;
    }
  }

  /** A numbered id such as SO-000123: what comes before its last digits is a word that many share. */
  #number(to: Bytes, id: string, digits: number): boolean {
    const cut = id.length - digits;
    if (cut > PREFIX_LENGTH || !isPrefix(id, cut)) return false;
    const prefix = this.prefixes.code(id.slice(0, cut));
    if (prefix === undefined) return false;
    to.byte((FORM.number << 5) | digits);
    to.varint(prefix);
    const low = Math.max(cut, id.length - 15);
    if (low > cut) writeNumber(to, id, cut, low);
    writeNumber(to, id, low, id.length);
    return true;
  }
}

const bytesOf = (digits: number): number => BYTES[digits] as number;

/** Parts of random text are no beginnings: those have no digits, or end in what is neither letter nor digit. */
function isPrefix(id: string, cut: number): boolean {
  if (cut === 0) return true;
  const last = id.charCodeAt(cut - 1);
  if (!(kindAt(id, cut - 1) & SIX) || last === 45 || last === 95) return true;
  for (let at = 0; at < cut; at++) if (kindAt(id, at) & DIGIT) return false;
  return true;
}

const UUID = [
  [0, 8],
  [9, 13],
  [14, 18],
  [19, 23],
  [24, 36],
] as const;

function isUuid(id: string): boolean {
  for (let at = 0; at < 36; at++) {
    const dash = at === 8 || at === 13 || at === 18 || at === 23;
    if (dash ? id.charCodeAt(at) !== 45 : !(kindAt(id, at) & HEX)) return false;
  }
  return true;
}

function writeHex(to: Bytes, id: string, from: number, until: number): void {
  for (let at = from; at < until; at += 2) to.byte((valueAt(id, at) << 4) | valueAt(id, at + 1));
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
function readHex(from: Bytes, bytes: number): string {
  let text = "";
  for (let at = 0; at < bytes; at++) text += PAIRS[from.readByte()];
  return text;
}

function writeNumber(to: Bytes, id: string, from: number, until: number): void {
  let value = 0;
  for (let at = from; at < until; at++) value = value * 10 + id.charCodeAt(at) - 48;
  for (let left = bytesOf(until - from); left > 0; left--) {
    to.byte(value % 256);
    value = Math.floor(value / 256);
  }
}

function readNumber(from: Bytes, digits: number): string {
  let value = 0;
  const bytes = bytesOf(digits);
  for (let at = bytes - 1; at >= 0; at--) value = value * 256 + (from.buf[from.at + at] as number);
  from.at += bytes;
  return String(value).padStart(digits, "0");
}

function writeSix(to: Bytes, id: string): void {
  let bits = 0;
  let held = 0;
  for (let at = 0; at < id.length; at++) {
    bits = (bits << 6) | valueAt(id, at);
    held += 6;
    while (held >= 8) {
      held -= 8;
      to.byte((bits >>> held) & 255);
    }
    bits &= 255;
  }
  if (held > 0) to.byte((bits << (8 - held)) & 255);
}

function readSix(from: Bytes, length: number): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (let at = 0; at < length; at++) {
    if (held < 6) {
      bits = ((bits & 63) << 8) | from.readByte();
      held += 8;
    }
    held -= 6;
    text += ALPHABET[(bits >>> held) & 63];
  }
  return text;
}
