import { execFile } from "node:child_process";
import { rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import { folder, partitionFile, readAll } from "./files.ts";

const run = promisify(execFile);

async function mountSmall(dir: string): Promise<string | undefined> {
  try {
    await run("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", dir]);
    onTestFinished(async () => {
      await run("umount", [dir]);
    });
    return undefined;
  } catch (error) {
    return `a small disk cannot be mounted here: ${error instanceof Error ? error.message : error}`;
  }
}

test.for(["always", "batch"] as const)(
  "a full disk: the append rejects, nothing half stays, later ones work (fsync %s)",
  async (fsync, { skip }) => {
    const dir = await folder();
    const reason = await mountSmall(dir);
    if (reason !== undefined) skip(reason);
    const ballast = join(dir, "ballast");
    await writeFile(ballast, Buffer.alloc(400_000));
    const log = await openEmbeddedLog({ dir, fsync });
    onTestFinished(() => log.close());
    await log.ensure({ full: 1 });
    const value = Buffer.alloc(100_000, "x");
    await log.append("full", [{ key: keyOf(0), value }]);
    const frame = (await stat(partitionFile(dir, "full"))).size;
    let accepted = 1;
    let refusal: unknown;
    while (refusal === undefined && accepted < 100) {
      try {
        await log.append("full", [{ key: keyOf(accepted), value }]);
        accepted += 1;
      } catch (error) {
        refusal = error;
      }
    }
    expect(refusal).toMatchObject({ code: "ENOSPC" });
    expect(accepted).toBeGreaterThan(5);
    expect((await stat(partitionFile(dir, "full"))).size).toBe(accepted * frame);
    await rm(ballast);
    expect(await log.append("full", [{ key: keyOf(accepted), value }])).toEqual([
      { topic: "full", partition: 0, offset: accepted },
    ]);
    await log.close();
    const keys = (await readAll(dir, "full")).map(({ key }) => key);
    expect(keys).toEqual(Array.from({ length: accepted + 1 }, (_, i) => keyOf(i)));
  },
);

/** All of one length, so that all frames are. */
function keyOf(i: number): string {
  return String(i).padStart(3, "0");
}
