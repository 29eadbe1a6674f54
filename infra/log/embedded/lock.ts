import { randomBytes } from "node:crypto";
import { link, readdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";

// The lock is the file `lock.N` with the highest N. Whoever finds its holder gone makes `lock.N+1`, which only one can
// (link refuses what exists), and then removes the lower ones. A number is never used twice while it is the highest, so
// somebody who was slow and makes a number long gone sees a higher one and gives way.
const LOCK = /^lock\.(\d+)$/;
const Holder = z.object({ pid: z.number(), host: z.string(), started: z.string(), released: z.boolean() });
type Holder = z.infer<typeof Holder>;

export class LockError extends Error {
  override readonly name = "LockError";
}

/**
 * Makes this process the only one that uses the directory.
 * @returns releases the lock
 * @throws LockError when a living process holds it
 */
export async function lockDirectory(dir: string): Promise<() => Promise<void>> {
  const mine: Holder = {
    pid: process.pid,
    host: hostname(),
    started: await startOf(process.pid),
    released: false,
  };
  const draft = join(dir, `draft.${process.pid}.${randomBytes(6).toString("hex")}`);
  try {
    await writeFile(draft, JSON.stringify(mine));
    for (;;) {
      const last = (await numbers(dir)).at(-1) ?? 0;
      if (last > 0) await refuseIfHeld(dir, last);
      const taken = join(dir, `lock.${last + 1}`);
      if (!(await linked(draft, taken))) continue;
      const all = await numbers(dir);
      if (all.at(-1) !== last + 1) {
        await unlink(taken);
        continue;
      }
      for (const n of all.slice(0, -1)) await ignoring("ENOENT", unlink(join(dir, `lock.${n}`)));
      return () => release(dir, taken, mine);
    }
  } finally {
    await ignoring("ENOENT", unlink(draft));
  }
}

async function release(dir: string, taken: string, mine: Holder): Promise<void> {
  const draft = join(dir, `draft.${process.pid}.${randomBytes(6).toString("hex")}`);
  await writeFile(draft, JSON.stringify({ ...mine, released: true }));
  await rename(draft, taken);
}

async function numbers(dir: string): Promise<number[]> {
  const found = (await readdir(dir)).flatMap((name) => LOCK.exec(name)?.[1] ?? []);
  return found.map(Number).sort((a, b) => a - b);
}

async function refuseIfHeld(dir: string, n: number): Promise<void> {
  const file = join(dir, `lock.${n}`);
  const text = await ignoring("ENOENT", readFile(file, "utf8"));
  // Gone: somebody took it over between two looks; the next look sees the higher number.
  if (text === undefined) return;
  const holder = parse(text);
  // A lock is linked when it is written, so one that cannot be read is what a power cut left.
  if (holder === undefined || holder.released) return;
  const remedy = `one process uses a log directory at a time; if that process is gone, delete ${file}`;
  if (holder.host !== hostname()) {
    throw new LockError(`${dir} is in use by process ${holder.pid} on host ${holder.host}; ${remedy}`);
  }
  if (!isAlive(holder.pid)) return;
  // A number of a dead process may have been given to another one, which started later.
  const started = await startOf(holder.pid);
  if (started !== "" && holder.started !== "" && started !== holder.started) return;
  throw new LockError(`${dir} is in use by process ${holder.pid}; ${remedy}`);
}

function parse(text: string): Holder | undefined {
  try {
    return Holder.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to somebody else.
    return codeOf(error) === "EPERM";
  }
}

/** What tells two processes with one number apart: boot and start time. Empty where the system does not say. */
async function startOf(pid: number): Promise<string> {
  try {
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "utf8");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold spaces; the start time is the 20th field after it.
    return `${boot.trim()}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return "";
  }
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

async function ignoring<T>(code: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codeOf(error) === code) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
