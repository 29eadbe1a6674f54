import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { createAct } from "../../processors/act/main.ts";
import { actPolicy } from "../../processors/act/policy.ts";
import { findingRow, openTestStore, recordingLog, windows } from "../deliver/support.ts";

let test_: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  test_ = await openTestStore();
  store = test_.store;
});
beforeEach(() => test_.clear());
afterAll(() => test_.close());

const HOUR = 3_600_000;
const T = Date.UTC(2026, 1, 2);
const policy = actPolicy.parse({});

async function tell(): Promise<void> {
  const silence = {
    incident_id: "i1",
    measure: "silence",
    dimension: "carrier",
    value: "SF",
    since: T,
    evidence: "{}",
  };
  await store.insert("incident_changes", [
    { ...silence, at: T + 2 * HOUR, change: "opened" },
    { ...silence, at: T + 20 * HOUR, change: "resolved" },
  ]);
  const stall = (id: string, at: number, more: object) =>
    findingRow({ finding_id: id, at, kind: "stalled_transit", order_id: `o-${id}`, carrier: "SF", ...more });
  await store.insert("finding_changes", [
    stall("before", T + HOUR, {}),
    stall("other", T + 5 * HOUR, { carrier: "YT" }),
    stall("none", T + 5 * HOUR, {}),
    stall("none", T + 20.5 * HOUR, { change: "ended", reason: "corrected" }),
    stall("still", T + 6 * HOUR, {}),
    stall("after", T + 21 * HOUR, {}),
    findingRow({ finding_id: "broken", at: T + 7 * HOUR, kind: "damaged", order_id: "o-broken", carrier: "SF" }),
  ]);
}

const ledger = () =>
  store.query<{ order_id: string; verdict: string; reason: string; at: number }>(
    `SELECT order_id, verdict, reason, (toUnixTimestamp64Milli(decided_at) - ${T}) / ${HOUR} AS at FROM actions FINAL ORDER BY order_id`,
  );

test("what is found while data is silent is held, then given or dropped; all cuts of time end the same", async () => {
  await tell();
  const log = recordingLog();
  const act = () => createAct({ store, log, policy, policyVersion: "p" });
  await act().step({ from: T, to: T + 10 * HOUR });
  const verdicts = async () => Object.fromEntries((await ledger()).map((row) => [row.order_id, row.verdict]));
  expect(await verdicts()).toEqual({
    "o-before": "approved",
    "o-broken": "approved",
    "o-none": "held",
    "o-other": "approved",
    "o-still": "held",
  });
  expect(log.messages(TOPICS.actions)).toHaveLength(3);
  await act().step({ from: T + 10 * HOUR, to: T + 30 * HOUR });
  const done = await ledger();
  expect(done.map(({ order_id, verdict, at }) => [order_id, verdict, at])).toEqual([
    ["o-after", "approved", 21],
    ["o-before", "approved", 1],
    ["o-broken", "approved", 7],
    ["o-none", "dropped", 22],
    ["o-other", "approved", 5],
    ["o-still", "approved", 22],
  ]);
  expect(done[3]?.reason).toContain("no stall");
  expect(log.messages(TOPICS.actions)).toHaveLength(5);
  for (const cuts of [[], [4], [5.5, 20, 22], [6, 21.5, 22.5]]) {
    await store.command("TRUNCATE TABLE actions");
    for (const window of windows(
      T,
      T + 30 * HOUR,
      cuts.map((hour) => T + hour * HOUR),
    )) {
      await act().step(window);
      // Once more, as after a crash before the cursor was stored.
      await act().step(window);
    }
    expect(await ledger()).toEqual(done);
  }
});
