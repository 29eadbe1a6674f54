import { constants, createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";

/** A file that cannot be read as what it should be. The message names the file, what was expected and what was found. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/** Standard input, in the place of a file name. */
export const STDIN = "-";
/** Small enough that even a bomb of a gzip (1:1000) is inflated in bounded memory. */
const CHUNK_BYTES = 64 * 1024;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/**
 * The size of a file that can be read.
 * @returns bytes on disk, or undefined for standard input
 * @throws InputError when it is missing, a directory or not readable
 */
export async function sizeOf(file: string): Promise<number | undefined> {
  if (file === STDIN) return undefined;
  try {
    const found = await stat(file);
    if (found.isDirectory()) throw new InputError(`${file}: expected a file, got a directory`);
    await access(file, constants.R_OK);
    return found.size;
  } catch (cause) {
    throw classified(file, cause);
  }
}

/**
 * The contents of a file or of standard input (`-`), inflated when they begin as gzip does, whatever the name is.
 * @param stdin   what `-` stands for
 * @param onRead  told how many bytes on disk each piece was read from
 * @throws InputError when the file cannot be read; of a gzip that breaks off, after all that could be inflated
 */
export async function* readBytes(
  file: string,
  onRead: (bytes: number) => void = () => {},
  stdin: Readable = process.stdin,
): AsyncGenerator<Buffer> {
  await sizeOf(file);
  const stream = file === STDIN ? stdin : createReadStream(file, { highWaterMark: CHUNK_BYTES });
  const pieces = counted(stream as AsyncIterable<Buffer>, onRead);
  try {
    let head: Buffer = Buffer.alloc(0);
    for await (const piece of pieces) {
      head = head.length === 0 ? piece : Buffer.concat([head, piece]);
      if (head.length >= GZIP_MAGIC.length) break;
    }
    const all = prepend(head, pieces);
    yield* head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC) ? inflate(all) : all;
  } catch (cause) {
    throw classified(file, cause);
  } finally {
    stream.destroy();
  }
}

/** An iterator by hand: leaving a `for await` early would close it, and there is more to read. */
function counted(stream: AsyncIterable<Buffer>, onRead: (bytes: number) => void): AsyncIterable<Buffer> {
  const source = stream[Symbol.asyncIterator]();
  const next = async () => {
    const result = await source.next();
    if (!result.done) onRead(result.value.length);
    return result;
  };
  return { [Symbol.asyncIterator]: () => ({ next }) };
}

async function* prepend(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head;
  yield* rest;
}

/** Feeds the inflater piece by piece: reading it as a stream would lose what it holds when it fails. */
async function* inflate(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  let ready: Buffer[] = [];
  let failure: Error | undefined;
  gunzip.on("data", (piece: Buffer) => ready.push(piece));
  const over = new Promise<void>((resolve) => {
    gunzip.on("end", resolve);
    gunzip.on("error", (error) => {
      failure = error;
      resolve();
    });
  });
  const drain = (): Buffer[] => {
    const drained = ready;
    ready = [];
    return drained;
  };
  for await (const piece of pieces) {
    await Promise.race([new Promise((resolve) => gunzip.write(piece, resolve)), over]);
    yield* drain();
    if (failure) throw failure;
  }
  gunzip.end();
  await over;
  yield* drain();
  if (failure) throw failure;
}

function classified(file: string, cause: unknown): Error {
  if (cause instanceof InputError) return cause;
  const error = cause as NodeJS.ErrnoException;
  const says: Record<string, string> = {
    ENOENT: "expected a file, found nothing of that name",
    EISDIR: "expected a file, got a directory",
    EACCES: "expected a readable file, permission denied",
    Z_BUF_ERROR: "expected a whole gzip file, got one that breaks off; what came before was read",
    Z_DATA_ERROR: "expected a sound gzip file, got damaged data; what came before was read",
  };
  const known = says[error.code ?? ""];
  return known === undefined ? error : new InputError(`${file}: ${known}`, { cause });
}
