import type { Readable } from "node:stream";
import { MAX_RECORD_BYTES } from "./contracts/read.ts";
import { readBytes } from "./input.ts";

export interface Line {
  /** Without its line end; of a line longer than a record may be, at least its first MAX_RECORD_BYTES. */
  readonly bytes: Buffer;
  /** Bytes of the whole line. */
  readonly length: number;
  /** From 1, counting empty lines. */
  readonly number: number;
}

const LF = 10;
const CR = 13;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** A record of the largest size may stand between a byte order mark and a carriage return. */
const MAX_KEPT = MAX_RECORD_BYTES + BOM.length + 1;

/**
 * The lines of a file or of standard input (`-`), gzipped or not, in batches as they are read. Lines of white
 * space are skipped, a byte order mark and carriage returns are taken off, and a line of any length takes
 * bounded memory.
 * @throws InputError as `readBytes` does, after the whole lines before the fault
 */
export async function* readLines(
  file: string,
  onRead?: (bytes: number) => void,
  stdin?: Readable,
): AsyncGenerator<readonly Line[]> {
  yield* linesOf(readBytes(file, onRead, stdin));
}

/** The lines in a sequence of pieces that may be cut anywhere. */
export async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<readonly Line[]> {
  let number = 0;
  let begun: Buffer[] = [];
  let kept = 0;
  let length = 0;

  const keep = (part: Buffer): void => {
    length += part.length;
    const room = MAX_KEPT - kept;
    if (room <= 0 || part.length === 0) return;
    const first = part.subarray(0, room);
    begun.push(first);
    kept += first.length;
  };
  const end = (): Line | undefined => {
    number++;
    let bytes = begun.length === 1 ? (begun[0] as Buffer) : Buffer.concat(begun);
    let whole = length;
    [begun, kept, length] = [[], 0, 0];
    if (number === 1 && bytes.subarray(0, BOM.length).equals(BOM)) {
      bytes = bytes.subarray(BOM.length);
      whole -= BOM.length;
    }
    if (whole === bytes.length && bytes[whole - 1] === CR) bytes = bytes.subarray(0, --whole);
    return isBlank(bytes) ? undefined : { bytes, length: whole, number };
  };

  for await (const piece of pieces) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, from)) {
      keep(piece.subarray(from, at));
      const line = end();
      if (line) lines.push(line);
      from = at + 1;
    }
    keep(piece.subarray(from));
    if (lines.length > 0) yield lines;
  }
  const last = length > 0 ? end() : undefined;
  if (last) yield [last];
}

function isBlank(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte !== 0x20 && byte !== 0x09 && byte !== CR) return false;
  return true;
}
