import { closeSync, fstatSync, mkdirSync, openSync, readFileSync, type Stats, statSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";
import { classify, StoreError } from "./errors.ts";

/**
 * Opens a chDB directory (absolute), making it if need be. From then on this process has no standard input.
 * @throws StoreError that names the directory and says who holds it, or what else is wrong
 */
export function openDirectory<T>(directory: string, open: () => T): T {
  // Asked before chDB is, since chDB prints its own account of a failed lock on standard error.
  if (lockIsListed(directory)) throw held(directory);
  try {
    mkdirSync(directory, { recursive: true });
    giveUpStandardInput();
    return open();
  } catch (error) {
    const text = error instanceof Error ? error.message.trim() : String(error);
    // chDB keeps the reason of a failed lock to itself; a living process in the status file is what is left to go by.
    if (text.startsWith("Failed to create connection") && holderOf(directory) !== undefined)
      throw held(directory, error);
    const other = text.includes("one active data directory");
    const why = other ? "this process already holds another data directory, and chDB opens one per process" : text;
    throw new StoreError(`chDB at ${directory}: ${why}`, {
      fate: "permanent",
      code: classify(error).code,
      cause: error,
    });
  }
}

/**
 * chDB takes what comes in on standard input for more rows of whatever is inserted. So it gets the null device in its
 * place: the lowest free number, 0, is what the next open gives.
 */
function giveUpStandardInput(): void {
  const nothing = statSync(devNull);
  if (isSame(0, nothing)) return;
  try {
    closeSync(0);
  } catch {
    // It was closed already, and the next file would have become standard input.
  }
  const opened = openSync(devNull, "r");
  if (opened !== 0) closeSync(opened);
}

function isSame(descriptor: number, other: Stats): boolean {
  try {
    return fstatSync(descriptor).rdev === other.rdev;
  } catch {
    return false;
  }
}

function held(directory: string, cause?: unknown): StoreError {
  const pid = holderOf(directory);
  const who = pid === undefined ? "another process" : `another process (${pid})`;
  return new StoreError(
    `chDB at ${directory}: ${who} holds this directory; stop it, or serve it with \`npm run clickhouse\` and use its URL`,
    { fate: "permanent", code: "EBUSY", cause },
  );
}

/** Another living process that wrote its number into the status file of the directory. */
function holderOf(directory: string): number | undefined {
  const pid = pidIn(directory);
  if (pid === undefined || pid === process.pid) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM" ? pid : undefined;
  }
}

function pidIn(directory: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(directory, "status"), "utf8"))?.[1]);
    return Number.isInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/** Whether Linux lists a lock of another process on the status file; false where that cannot be known. */
function lockIsListed(directory: string): boolean {
  try {
    const inode = statSync(join(directory, "status")).ino;
    return readFileSync("/proc/locks", "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .some(
        (words) =>
          words.includes("FLOCK") && Number(words[4]) !== process.pid && words[5]?.split(":")[2] === String(inode),
      );
  } catch {
    return false;
  }
}
