import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** chDB's connection has no way in for bytes that are no text, but its `file` function reads them. */
export interface Spool {
  /** Inserts the rows of a file in `format` by one statement, with `settings` in its SETTINGS clause. */
  insert(
    table: string,
    format: string,
    bytes: Uint8Array | Iterable<Uint8Array>,
    settings: string,
    run: (statement: string) => Promise<unknown>,
  ): Promise<void>;
}

const NAME = /^rows-\d+$/;

/** @param directory  of a chDB that this process holds: what lies there of an earlier process is removed */
export function openSpool(directory: string): Spool {
  const folder = join(directory, "spool");
  let count = 0;
  mkdirSync(folder, { recursive: true });
  for (const file of readdirSync(folder)) if (NAME.test(file)) rmSync(join(folder, file), { force: true });
  return {
    async insert(table, format, bytes, settings, run) {
      const file = join(folder, `rows-${count++}`);
      try {
        await writeFile(file, bytes);
        const path = file.replaceAll("\\", "\\\\").replaceAll("'", "\\'");
        await run(
          `INSERT INTO ${table} SELECT * FROM file('${path}', '${format}')${settings && ` SETTINGS ${settings}`}`,
        );
      } finally {
        await rm(file, { force: true });
      }
    },
  };
}
