import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { folder, readAll } from "./files.ts";

const APPENDER = fileURLToPath(new URL("./appender.ts", import.meta.url));

/** Runs the appender on the folder, kills it hard after some acknowledgements, gives back all that it printed. */
async function appendUntilKilled(dir: string, fsync: string, acks: number): Promise<string[]> {
  const child = spawn(process.execPath, ["--import", "tsx", APPENDER, dir, fsync], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stderr.on("data", (chunk) => {
    err += chunk;
  });
  let lines = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
    for (const byte of chunk) if (byte === 10) lines += 1;
    if (lines > acks) child.kill("SIGKILL");
  });
  await once(child, "close");
  expect(child.signalCode, err).toBe("SIGKILL");
  // The last line may have been cut by the pipe; it was accepted, but which record it was is not known.
  return out.split("\n").slice(0, -1);
}

test.each(["always", "batch", "never"])(
  "kill -9 loses nothing that was accepted (fsync %s)",
  async (fsync) => {
    const dir = await folder();
    const acked: string[] = [];
    // Each run opens what the one before left.
    for (const acks of [300, 1500, 1]) {
      acked.push(...(await appendUntilKilled(dir, fsync, acks)));
      const at = new Map<string, string>();
      const next = [0, 0, 0];
      for (const { partition, record } of await readWithPartition(dir)) {
        expect(record.offset).toBe(next[partition]);
        next[partition] = record.offset + 1;
        at.set(`${partition} ${record.offset}`, record.value.toString().replace(/\.+$/, ""));
      }
      const lost = acked.filter((line) => {
        const [partition, offset, text] = line.split(" ");
        return at.get(`${partition} ${offset}`) !== text;
      });
      expect(lost).toEqual([]);
    }
    expect(acked.length).toBeGreaterThan(1800);
  },
  60_000,
);

async function readWithPartition(dir: string) {
  const { placer } = await import("../../infra/log/partition.ts");
  const place = placer("acked", 3);
  return (await readAll(dir, "acked")).map((record) => ({ partition: place(record), record }));
}
