import { setTimeout as sleep } from "node:timers/promises";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { readKnown } from "../../processors/shell/frontier.ts";
import { TOPOLOGY } from "../../processors/topology.ts";
import type { Log } from "../log/port.ts";
import type { Store } from "../store/port.ts";

const READ = [TOPICS.orders, TOPICS.complaints, TOPICS.context, TOPICS.deadLetters];
const FOLLOWERS = TOPOLOGY.filter(({ writes }) => (writes as readonly string[]).includes("cursors")).map(
  ({ name }) => name,
);
const LOOK_MS = 250;

/**
 * Waits until the instances have worked through all that is in the log, seen from outside.
 * @returns what is still open when the time is over; nothing when all is done
 */
export async function settle(
  log: Log,
  store: Store,
  withinMs: number,
  show: (left: string) => void,
): Promise<string[]> {
  const until = performance.now() + withinMs;
  let shown = "";
  for (;;) {
    const left = await open(log, store).catch((error: Error) => [error.message]);
    if (left.length === 0 || performance.now() > until) return left;
    if (left[0] !== undefined && left[0] !== shown) show(left[0]);
    shown = left[0] ?? "";
    await sleep(LOOK_MS);
  }
}

async function open(log: Log, store: Store): Promise<string[]> {
  const known = await readKnown(store);
  const unread: string[] = [];
  for (const topic of READ) {
    for (const [partition, end] of (await log.ends(topic)).entries()) {
      const at = known.next(topic, partition);
      if (at < end) unread.push(`${topic}/${partition} is at ${at} of ${end}`);
    }
  }
  if (unread.length > 0) return unread;
  const partitions = async (topic: string) => [topic, (await log.ends(topic)).length] as const;
  const streams = [await partitions(TOPICS.orders), await partitions(TOPICS.complaints)];
  const frontier = known.frontier(Object.fromEntries(streams));
  const behind = FOLLOWERS.filter((name) => known.cursor(name) < frontier);
  if (behind.length > 0) return behind.map((name) => `${name} is at ${known.cursor(name)} of ${frontier}`);
  const [owed] = await store.query<{ n: number }>(
    "SELECT toUInt32(count()) AS n FROM deliveries FINAL WHERE status = 'pending'",
  );
  return owed && owed.n > 0 ? [`${owed.n} deliveries are owed`] : [];
}
