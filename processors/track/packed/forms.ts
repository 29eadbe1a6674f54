import type { Bytes } from "./bytes.ts";
import type { Ids } from "./ids.ts";
import { readText, type Words, writeText } from "./words.ts";

/**
 * `id` a name that few share · `word` one that many share · `list` of words that go together · `money` with two
 * decimals · `number` · `time` in ms · `json` anything else.
 */
export type Form = "id" | "word" | "list" | "money" | "number" | "time" | "json";

/** What writing and reading a value may lean on. */
export interface Context {
  readonly ids: Ids;
  /** Of this field alone, so that its common words have small numbers. */
  readonly words: Words;
  /** Of the whole order, ms. */
  base: number;
}

export interface ValueCodec {
  /** @returns which of its ways it took: kept in the shape, not in the record */
  write(to: Bytes, value: unknown, context: Context): number;
  read(from: Bytes, way: number, context: Context): unknown;
}

const SHORT = 0;
const PLAIN = 1;

const word: ValueCodec = {
  write(to, value, { words }) {
    const code = words.code(value as string);
    if (code === undefined) writeText(to, value as string);
    else to.varint(code);
    return code === undefined ? PLAIN : SHORT;
  },
  read: (from, way, { words }) => (way === SHORT ? words.word(from.readVarint()) : readText(from)),
};

/** A number of hundredths, or of whole things, where that is exact. */
const scaled = (by: number): ValueCodec => ({
  write(to, value) {
    // Adding nothing makes zero of minus zero, which then is not the same.
    const count = Math.round((value as number) * by) + 0;
    if (count >= 0 && count < 2 ** 48 && Object.is(count / by, value)) {
      to.varint(count);
      return SHORT;
    }
    to.double(value as number);
    return PLAIN;
  },
  read: (from, way) => (way === SHORT ? from.readVarint() / by : from.readDouble()),
});

/** One text for each list: lists of the same words share their array, which nobody changes. */
const list: ValueCodec = {
  write: (to, value, context) => word.write(to, JSON.stringify(value), context),
  read(from, way, context) {
    const text = word.read(from, way, context) as string;
    const known = LISTS.get(text);
    if (known) return known;
    const made = JSON.parse(text) as unknown;
    if (LISTS.size < 1000) LISTS.set(text, made);
    return made;
  },
};
const LISTS = new Map<string, unknown>();

export const FORMS: Readonly<Record<Form, ValueCodec>> = {
  id: {
    write(to, value, { ids }) {
      ids.write(to, value as string);
      return SHORT;
    },
    read: (from, _way, { ids }) => ids.read(from),
  },
  word,
  list,
  money: scaled(100),
  number: scaled(1),
  time: {
    write(to, value, { base }) {
      to.time(value as number, base);
      return SHORT;
    },
    read: (from, _way, { base }) => from.readTime(base),
  },
  json: {
    write(to, value) {
      writeText(to, JSON.stringify(value));
      return SHORT;
    },
    read: (from) => JSON.parse(readText(from)) as unknown,
  },
};
