// Four bytes at a time: whoever calls these has up to three readable (and, of a target, writable) bytes to spare.

/** Whether `length` bytes of two memories are the same. */
export function isSame(one: DataView, at: number, other: DataView, otherAt: number, length: number): boolean {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    if (one.getInt32(at + i, true) !== other.getInt32(otherAt + i, true)) return false;
  }
  for (; i < length; i++) if (one.getUint8(at + i) !== other.getUint8(otherAt + i)) return false;
  return true;
}

/** Copies the bytes from `start` up to `end`, and up to three behind them. @returns how many were meant */
export function copyBytes(from: DataView, start: number, end: number, to: DataView, at: number): number {
  for (let i = start; i < end; i += 4) to.setInt32(at + i - start, from.getInt32(i, true), true);
  return end - start;
}

/** The bytes of an ASCII text, with bytes to spare behind them. */
export function bytesOf(text: string): DataView {
  const bytes = Buffer.alloc(text.length + 4);
  bytes.write(text, "latin1");
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
