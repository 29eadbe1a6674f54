const FIRST_BYTES = 1 << 16;
/** Below this a loop over the characters is faster than the call that does it for any text; its length is one byte. */
const SHORT = 42;
const TWO_32 = 2 ** 32;

/** A growing buffer, little-endian. */
export class Bytes {
  /** Bytes written; setting it back takes what is behind away. */
  length = 0;
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #view = new DataView(this.#buffer.buffer);

  /** Bytes of memory it holds, written or not. */
  get capacity(): number {
    return this.#buffer.length;
  }

  #room(bytes: number): void {
    if (this.length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.length, this.length + bytes));
    this.#buffer.copy(larger, 0, 0, this.length);
    this.#buffer = larger;
    this.#view = new DataView(larger.buffer);
  }

  u8(value: number): void {
    this.#room(1);
    this.#buffer[this.length++] = value;
  }

  u16(value: number): void {
    this.#room(2);
    this.#view.setUint16(this.length, value, true);
    this.length += 2;
  }

  u32(value: number): void {
    this.#room(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** A whole number that a double holds. */
  i64(value: number): void {
    this.#room(8);
    const high = Math.floor(value / TWO_32);
    this.#view.setInt32(this.length, value - high * TWO_32, true);
    this.#view.setInt32(this.length + 4, high, true);
    this.length += 8;
  }

  f32(value: number): void {
    this.#room(4);
    this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  f64(value: number): void {
    this.#room(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  /** A count in LEB128. */
  size(value: number): void {
    this.#room(5);
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#buffer[this.length++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.length++] = rest;
  }

  /** The length in bytes and the UTF-8 of a text; half a surrogate pair becomes U+FFFD. */
  text(value: string): void {
    const characters = value.length;
    if (characters > SHORT) {
      this.#long(value);
      return;
    }
    this.#room(3 * characters + 1);
    const buffer = this.#buffer;
    const start = this.length;
    let at = start + 1;
    for (let i = 0; i < characters; i++) {
      const code = value.charCodeAt(i);
      if (code < 0x80) buffer[at++] = code;
      else if (code < 0x800) {
        buffer[at++] = 0xc0 | (code >> 6);
        buffer[at++] = 0x80 | (code & 0x3f);
      } else if (code >= 0xd800 && code < 0xe000) {
        this.#long(value);
        return;
      } else {
        buffer[at++] = 0xe0 | (code >> 12);
        buffer[at++] = 0x80 | ((code >> 6) & 0x3f);
        buffer[at++] = 0x80 | (code & 0x3f);
      }
    }
    buffer[start] = at - start - 1;
    this.length = at;
  }

  #long(value: string): void {
    const bytes = Buffer.byteLength(value);
    this.size(bytes);
    this.#room(bytes);
    this.length += this.#buffer.write(value, this.length);
  }

  /** What was written: good until something is written anew. */
  written(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }
}
