/** A growing buffer, little-endian. */
export interface Bytes {
  /** Bytes written; setting it back takes what is behind away. */
  length: number;
  u8(value: number): void;
  u16(value: number): void;
  u32(value: number): void;
  /** A whole number that a double holds. */
  i64(value: number): void;
  f32(value: number): void;
  f64(value: number): void;
  /** A count in LEB128. */
  size(value: number): void;
  /** The length in bytes and the UTF-8 of a text; half a surrogate pair becomes U+FFFD. */
  text(value: string): void;
  /** What was written, for good: the next byte goes into new memory. */
  taken(): Buffer;
}

const FIRST_BYTES = 1 << 16;
/** Below this a loop over the characters is faster than the call that does it for any text. */
const SHORT = 48;
const TWO_32 = 2 ** 32;

export function createBytes(): Bytes {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  let view = new DataView(buffer.buffer);
  let length = 0;

  function room(bytes: number): void {
    if (length + bytes <= buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * buffer.length, length + bytes));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
    view = new DataView(buffer.buffer);
  }
  function size(value: number): void {
    room(5);
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) buffer[length++] = (rest & 0x7f) | 0x80;
    buffer[length++] = rest;
  }
  function long(value: string): void {
    const bytes = Buffer.byteLength(value);
    size(bytes);
    room(bytes);
    length += buffer.write(value, length);
  }

  return {
    get length() {
      return length;
    },
    set length(to) {
      length = to;
    },
    u8(value) {
      room(1);
      buffer[length++] = value;
    },
    u16(value) {
      room(2);
      view.setUint16(length, value, true);
      length += 2;
    },
    u32(value) {
      room(4);
      view.setUint32(length, value, true);
      length += 4;
    },
    i64(value) {
      room(8);
      const high = Math.floor(value / TWO_32);
      view.setInt32(length, value - high * TWO_32, true);
      view.setInt32(length + 4, high, true);
      length += 8;
    },
    f32(value) {
      room(4);
      view.setFloat32(length, value, true);
      length += 4;
    },
    f64(value) {
      room(8);
      view.setFloat64(length, value, true);
      length += 8;
    },
    size,
    text(value) {
      const characters = value.length;
      if (characters > SHORT) return long(value);
      room(characters + 1);
      const start = length;
      buffer[start] = characters;
      for (let i = 0; i < characters; i++) {
        const code = value.charCodeAt(i);
        if (code >= 0x80) return long(value);
        buffer[start + 1 + i] = code;
      }
      length = start + 1 + characters;
    },
    taken() {
      const done = buffer.subarray(0, length);
      buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
      view = new DataView(buffer.buffer);
      length = 0;
      return done;
    },
  };
}
