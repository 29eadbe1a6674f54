import { createWriteStream } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

/**
 * Writes a file that is there whole or not at all: into a neighbour first, onto the disk, then renamed. What was
 * there under the name stays until then. Gzipped when the name ends in `.gz`.
 */
export async function writeAtomically(path: string, chunks: Iterable<string> | AsyncIterable<string>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const [source, file] = [Readable.from(chunks, { objectMode: true }), createWriteStream(temporary, { flags: "wx" })];
    await (path.endsWith(".gz") ? pipeline(source, createGzip(), file) : pipeline(source, file));
    const written = await open(temporary, "r+");
    try {
      await written.sync();
    } finally {
      await written.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
