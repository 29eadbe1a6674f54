import { isUtf8 } from "node:buffer";
import { copyBytes, isSame } from "./bytes.ts";

/** Slots of the table: carriers, hubs, regions and categories of a busy hour fit; a hostile sender only misses. */
const SLOTS = 4096;
/** Bytes of a text that is kept; longer ones are made anew each time. */
const WIDTH = 64;
/** Control characters: no id or label holds one, and half a surrogate pair cannot come out of well-formed UTF-8. */
const CONTROL = /\p{Cc}/u;

/** Text of bytes as `toString("utf8")` gives it, shared between records that say the same. */
export interface Interner {
  /**
   * @param view  over all of the memory of `bytes`; may be read up to three bytes behind `end`
   * @param hash  of the bytes from `start` up to `end` of the view, equal for equal bytes
   * @returns undefined when the bytes are not well-formed text without control characters
   */
  text(view: DataView, start: number, end: number, hash: number): string | undefined;
}

/** A table of as many texts as it has slots: the latest of a slot stays, so its size is bounded whatever comes. */
export function createInterner(): Interner {
  const texts = new Array<string>(SLOTS).fill("");
  const lengths = new Int32Array(SLOTS);
  const spelled = new DataView(new ArrayBuffer(SLOTS * WIDTH));
  return {
    text(view, start, end, hash) {
      const length = end - start;
      if (length > WIDTH) return decode(view, start, end);
      const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
      const base = slot * WIDTH;
      if (lengths[slot] === length && isSame(spelled, base, view, start, length)) return texts[slot];
      const text = decode(view, start, end);
      if (text === undefined) return undefined;
      texts[slot] = text;
      lengths[slot] = length;
      copyBytes(view, start, end, spelled, base);
      return text;
    },
  };
}

/** Bytes that were not checked yet as text, or undefined when they are none. */
export function decode(view: DataView, start: number, end: number): string | undefined {
  const bytes = Buffer.from(view.buffer, view.byteOffset + start, end - start);
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString("utf8");
  return CONTROL.test(text) ? undefined : text;
}
