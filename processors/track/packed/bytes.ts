const UNITS = [1, 1000, 60_000] as const;
const RAW = 3;
/** Beyond this a difference times eight is no longer exact in a double. */
const EXACT = 2 ** 48;

/**
 * A cursor over bytes, for reading and for writing. Writing past the end writes nothing and moves on: who
 * writes looks at `at` afterwards to see whether it fitted.
 */
export class Bytes {
  buf: Uint8Array;
  at = 0;
  #view: DataView;

  constructor(buf: Uint8Array) {
    this.buf = buf;
    this.#view = viewOf(buf);
  }

  /** Moves the cursor to a place in other bytes. */
  on(buf: Uint8Array, at: number): this {
    if (buf !== this.buf) {
      this.buf = buf;
      this.#view = viewOf(buf);
    }
    this.at = at;
    return this;
  }

  byte(value: number): void {
    this.buf[this.at++] = value;
  }

  readByte(): number {
    return this.buf[this.at++] as number;
  }

  /** @param value  whole, 0 .. 2^53 - 1: seven bits a byte, the lowest first */
  varint(value: number): void {
    let rest = value;
    while (rest > 0x7fffffff) {
      this.buf[this.at++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 0x7f) {
      this.buf[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buf[this.at++] = rest;
  }

  readVarint(): number {
    const { buf } = this;
    let byte = buf[this.at++] as number;
    let value = byte & 0x7f;
    for (let shift = 7; byte > 0x7f && shift < 28; shift += 7) {
      byte = buf[this.at++] as number;
      value |= (byte & 0x7f) << shift;
    }
    for (let times = 2 ** 28; byte > 0x7f; times *= 128) {
      byte = buf[this.at++] as number;
      value += (byte & 0x7f) * times;
    }
    return value;
  }

  /** Any number, exactly: eight bytes. */
  double(value: number): void {
    if (this.at + 8 <= this.buf.length) this.#view.setFloat64(this.at, value);
    this.at += 8;
  }

  readDouble(): number {
    this.at += 8;
    return this.#view.getFloat64(this.at - 8);
  }

  /** A time in ms near another: whole minutes and seconds are shorter, anything else is kept as it is. */
  time(value: number, near: number): void {
    const from = minuteOf(near);
    const difference = value - from;
    const exact = Math.abs(difference) < EXACT && Number.isInteger(difference) && Object.is(from + difference, value);
    if (!exact) {
      this.byte(RAW);
      this.double(value);
      return;
    }
    const small = difference | 0;
    // The remainder of whole numbers of 32 bits is much quicker than that of any numbers.
    const unit =
      small === difference
        ? small % 1000 !== 0
          ? 0
          : small % 60_000 !== 0
            ? 1
            : 2
        : difference % 1000 !== 0
          ? 0
          : difference % 60_000 !== 0
            ? 1
            : 2;
    const count = difference / UNITS[unit];
    this.varint((count < 0 ? -2 * count - 1 : 2 * count) * 4 + unit);
  }

  readTime(near: number): number {
    const code = this.readVarint();
    const unit = code % 4;
    if (unit === RAW) return this.readDouble();
    const zigzag = (code - unit) / 4;
    const count = zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    return minuteOf(near) + count * (UNITS[unit] as number);
  }
}

const viewOf = (buf: Uint8Array): DataView => new DataView(buf.buffer, buf.byteOffset, buf.byteLength);

/** Told from a whole minute, whole minutes stay whole. */
function minuteOf(time: number): number {
  // Dividing is exact enough here, and quicker than the remainder.
  if (time >= 0 && time < EXACT && Number.isInteger(time)) return Math.floor(time / 60_000) * 60_000;
  return time - (time % 60_000);
}
