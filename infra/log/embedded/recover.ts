import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { corrupt, fileName, frameBehind, mark, readFrames, type Segment } from "./segment.ts";

/** What opening a partition cut off: an append that was under way when the process or the machine died. */
export interface Repair {
  readonly file: string;
  readonly keptBytes: number;
  readonly cutBytes: number;
}

export interface Recovered {
  readonly segments: readonly Segment[];
  /** Next offset to be written. */
  readonly end: number;
  readonly repair: Repair | undefined;
}

/**
 * Finds the segments of a partition, checks the last one whole and cuts its torn tail. Older ones are checked as they are read.
 * @throws CorruptLogError where something damaged has something whole behind it, which no crash leaves
 */
export async function recover(dir: string): Promise<Recovered> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(".log")).sort();
  const segments: Segment[] = [];
  for (const name of names) {
    const file = join(dir, name);
    segments.push({ file, base: Number.parseInt(name, 10), size: (await stat(file)).size, marks: [] });
  }
  const first = segments[0];
  const last = segments.at(-1);
  if (first === undefined || last === undefined) return { segments, end: 0, repair: undefined };
  if (first.base !== 0) throw corrupt(first, 0, `${fileName(0)} as the first file`, `${fileName(first.base)}`);
  const { end, position } = await scan(last);
  if (position === last.size) return { segments, end, repair: undefined };
  if (await frameBehind(last, position + 1)) {
    throw corrupt(
      last,
      position,
      `a whole frame with offset ${end}`,
      "bytes with a wrong checksum, and whole frames behind",
    );
  }
  const repair = { file: last.file, keptBytes: position, cutBytes: last.size - position };
  await truncate(last.file, position);
  last.size = position;
  return { segments, end, repair };
}

async function scan(segment: Segment): Promise<{ end: number; position: number }> {
  const frames = await readFrames(segment, 0);
  let end = segment.base;
  try {
    for (let frame = await frames.next(); frame !== undefined; frame = await frames.next()) {
      const { firstOffset, count } = frame.header;
      if (firstOffset !== end) throw corrupt(segment, frame.position, `offset ${end}`, `offset ${firstOffset}`);
      mark(segment, firstOffset, frame.position);
      end = firstOffset + count;
    }
    return { end, position: frames.position };
  } finally {
    await frames.close();
  }
}

async function truncate(file: string, size: number): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.truncate(size);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
