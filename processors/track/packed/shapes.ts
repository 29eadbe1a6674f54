import type { Bytes } from "./bytes.ts";

const MOST = 8192;

/**
 * What a record is made of, as a list of tokens (bytes). Most orders share a few hundred lists, so a record names
 * its list by number; number 0 says that the list itself follows.
 */
export class Shapes {
  readonly list: Uint8Array[] = [];
  readonly #byHash = new Map<number, number>();

  constructor(shapes: readonly Uint8Array[] = []) {
    for (const shape of shapes) this.#add(shape, hashOf(shape, shape.length));
  }

  write(to: Bytes, tokens: Uint8Array, length: number): void {
    const hash = hashOf(tokens, length);
    const known = this.#byHash.get(hash);
    if (known !== undefined && same(this.list[known - 1] as Uint8Array, tokens, length)) to.varint(known);
    else if (known === undefined && this.list.length < MOST) to.varint(this.#add(tokens.slice(0, length), hash));
    else {
      to.byte(0);
      to.varint(length);
      for (let at = 0; at < length; at++) to.byte(tokens[at] as number);
    }
  }

  read(from: Bytes): Uint8Array {
    const number = from.readVarint();
    if (number === 0) {
      const length = from.readVarint();
      from.at += length;
      return from.buf.subarray(from.at - length, from.at);
    }
    const shape = this.list[number - 1];
    if (!shape) throw new RangeError(`expected a shape of at most ${this.list.length}, got ${number}`);
    return shape;
  }

  #add(shape: Uint8Array, hash: number): number {
    const number = this.list.push(shape);
    this.#byHash.set(hash, number);
    return number;
  }
}

function hashOf(tokens: Uint8Array, length: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at++) hash = Math.imul(hash ^ (tokens[at] as number), 0x01000193);
  return hash;
}

function same(shape: Uint8Array, tokens: Uint8Array, length: number): boolean {
  if (shape.length !== length) return false;
  for (let at = 0; at < length; at++) if (shape[at] !== tokens[at]) return false;
  return true;
}
