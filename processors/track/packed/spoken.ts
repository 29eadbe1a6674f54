import { nameOf, parseName } from "../../shell/watch.ts";
import type { Order } from "../order.ts";
import type { Bytes } from "./bytes.ts";
import type { Ids } from "./ids.ts";
import { readText, type Words, writeText } from "./words.ts";

/**
 * What an order remembers of its findings and of named events, for the few orders that have any.
 * @returns false when there was nothing to write
 */
export function writeSpoken(to: Bytes, order: Order, base: number, words: Words, ids: Ids): boolean {
  const { said, open, named } = order;
  let names = 0;
  for (const _ in named) names++;
  if (said.length === 0 && open.length === 0 && names === 0) return false;
  to.varint(said.length);
  for (const name of said) writeName(to, name, base, words);
  to.varint(open.length);
  for (const opened of open) {
    const at = said.indexOf(opened.name);
    to.varint(at + 1);
    if (at < 0) writeName(to, opened.name, base, words);
    to.time(opened.due, base);
    writeWord(to, opened.stage, words);
  }
  to.varint(names);
  for (const eventId in named) {
    ids.write(to, eventId);
    ids.write(to, named[eventId] as string);
  }
  return true;
}

export function readSpoken(from: Bytes, order: Order, base: number, words: Words, ids: Ids): void {
  for (let left = from.readVarint(); left > 0; left--) order.said.push(readName(from, base, words));
  for (let left = from.readVarint(); left > 0; left--) {
    const at = from.readVarint();
    const name = at > 0 ? (order.said[at - 1] as string) : readName(from, base, words);
    order.open.push({ name, due: from.readTime(base), stage: readWord(from, words) });
  }
  for (let left = from.readVarint(); left > 0; left--) {
    const eventId = ids.read(from);
    // Not an assignment: "__proto__" is an id like any other.
    Object.defineProperty(order.named, eventId, {
      value: ids.read(from),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
}

function writeName(to: Bytes, name: string, base: number, words: Words): void {
  const { kind, since } = parseName(name);
  const parts = Number.isInteger(since) && nameOf(kind, since) === name;
  writeWord(to, parts ? kind : name, words);
  to.byte(parts ? 1 : 0);
  if (parts) to.time(since, base);
}

function readName(from: Bytes, base: number, words: Words): string {
  const word = readWord(from, words);
  return from.readByte() === 1 ? nameOf(word, from.readTime(base)) : word;
}

function writeWord(to: Bytes, word: string, words: Words): void {
  const code = words.code(word);
  to.varint(code === undefined ? 0 : code + 1);
  if (code === undefined) writeText(to, word);
}

function readWord(from: Bytes, words: Words): string {
  const code = from.readVarint();
  return code === 0 ? readText(from) : words.word(code - 1);
}
