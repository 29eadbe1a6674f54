import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { lockDirectory } from "../../infra/log/embedded/lock.ts";
import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import { folder } from "./files.ts";

const APPENDER = fileURLToPath(new URL("./appender.ts", import.meta.url));

/** The number of a process that has just died. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  return child.pid ?? -1;
}

function holder(pid: number, host = hostname()): string {
  return JSON.stringify({ pid, host, started: "", released: false });
}

test("one log a directory: the second is refused and told who holds it, after close it opens", async () => {
  const dir = await folder();
  const first = await openEmbeddedLog({ dir });
  await expect(openEmbeddedLog({ dir })).rejects.toThrow(`${dir} is in use by process ${process.pid};`);
  await first.close();
  const second = await openEmbeddedLog({ dir });
  await second.close();
});

test("another process holds it while it lives, and not when it was killed", async () => {
  const dir = await folder();
  const child = spawn(process.execPath, ["--import", "tsx", APPENDER, dir, "never"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await expect(openEmbeddedLog({ dir })).rejects.toThrow(`in use by process ${child.pid};`);
  child.stdout.resume();
  child.kill("SIGKILL");
  await once(child, "exit");
  const log = await openEmbeddedLog({ dir, onRepair: () => {} });
  await log.close();
});

test("of many that find a dead process's lock exactly one takes it", async () => {
  const dir = await folder();
  await writeFile(join(dir, "lock.7"), holder(await deadPid()));
  for (let round = 0; round < 20; round++) {
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => lockDirectory(dir)));
    const winners = tries.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    expect(winners.length).toBe(1);
    expect((await readdir(dir)).filter((name) => name.startsWith("lock.")).length).toBe(1);
    await winners[0]?.();
  }
  expect((await readdir(dir)).filter((name) => !name.startsWith("lock."))).toEqual([]);
});

test("however many come and go, there are never two inside", async () => {
  const dir = await folder();
  let inside = 0;
  let most = 0;
  let turns = 0;
  async function comeAndGo(): Promise<void> {
    while (turns < 40) {
      const release = await lockDirectory(dir).catch((error: Error) => {
        if (error.name !== "LockError") throw error;
        return undefined;
      });
      if (release === undefined) continue;
      inside += 1;
      most = Math.max(most, inside);
      turns += 1;
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      await release();
    }
  }
  await Promise.all(Array.from({ length: 8 }, comeAndGo));
  expect(most).toBe(1);
});

test("a process on another host cannot be looked for, so it is believed", async () => {
  const dir = await folder();
  await writeFile(join(dir, "lock.1"), holder(1, "elsewhere"));
  await expect(lockDirectory(dir)).rejects.toThrow(/process 1 on host elsewhere; .*delete .*lock\.1/);
});

test("a number that another process has got since does not hold", async () => {
  const dir = await folder();
  const reused = { pid: process.pid, host: hostname(), started: "an earlier boot/1", released: false };
  await writeFile(join(dir, "lock.1"), JSON.stringify(reused));
  const release = await lockDirectory(dir);
  await release();
});

test("what a power cut left of a lock does not hold", async () => {
  const dir = await folder();
  await writeFile(join(dir, "lock.3"), "");
  const release = await lockDirectory(dir);
  await release();
});
