import fc from "fast-check";
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

const policy = actPolicy.parse({ orderLimit: 14 });
const act = (log = recordingLog(), sinks: string[] = ["webhook"]) =>
  createAct({ store, log, policy, policyVersion: "p1", sinks });
const ledger = () => store.query("SELECT * FROM actions FINAL ORDER BY action_id");
const marks = () =>
  store.query("SELECT effect_id, sink, status, attempts FROM deliveries FINAL ORDER BY effect_id, sink");
const T = Date.UTC(2017, 10, 24);

test("a stall becomes a ledger row, a message and a mark; what needs a person is owed to nobody", async () => {
  await store.insert("finding_changes", [
    findingRow({
      finding_id: "a",
      at: T,
      kind: "stalled_transit",
      order_id: "o1",
      customer_id: "顾客",
      region: "440000",
    }),
    findingRow({ finding_id: "b", at: T + 5, kind: "damaged", order_id: "o1" }),
    findingRow({ finding_id: "c", at: T + 9, kind: "stalled_customs", order_id: "o2", change: "ended" }),
    findingRow({ finding_id: "d", at: T + 9, kind: "first_response_overdue" }),
  ]);
  const log = recordingLog();
  await act(log).step({ from: 0, to: T + 10 });
  const first = {
    order_id: "o1",
    customer_id: "顾客",
    cause: "stall",
    steps: ["apology", "express_upgrade", "coupon"],
    amount: 5,
    verdict: "approved",
    region: "440000",
    decided_at: "2017-11-24 00:00:00.000",
    policy: "p1",
  };
  const rows = await store.query<{ action_id: string }>("SELECT * FROM actions FINAL ORDER BY decided_at");
  expect(rows).toMatchObject([
    first,
    { cause: "damage", verdict: "awaiting_approval", reason: "10.00 CNY after 5.00 CNY is above 14.00 CNY an order" },
  ]);
  expect(log.messages(TOPICS.actions)).toMatchObject([
    {
      actionId: rows[0]?.action_id,
      orderId: "o1",
      customerId: "顾客",
      cause: "stall",
      findingId: "a",
      amount: 5,
      currency: "CNY",
      verdict: "approved",
      decidedAt: "2017-11-24T00:00:00.000Z",
      policy: "p1",
    },
    { cause: "damage", verdict: "awaiting_approval" },
  ]);
  expect(await marks()).toEqual([{ effect_id: rows[0]?.action_id, sink: "webhook", status: "pending", attempts: 0 }]);
});

test("without sinks the ledger is all there is", async () => {
  await store.insert("finding_changes", [findingRow({ finding_id: "a", at: T, kind: "damaged", order_id: "o1" })]);
  await act(recordingLog(), []).step({ from: 0, to: T + 1 });
  expect(await ledger()).toHaveLength(1);
  expect(await marks()).toEqual([]);
});

test("a window is half open: what is at its end belongs to the next", async () => {
  await store.insert("finding_changes", [findingRow({ finding_id: "a", at: T, kind: "damaged", order_id: "o1" })]);
  await act().step({ from: 0, to: T });
  expect(await ledger()).toEqual([]);
  await act().step({ from: T, to: T + 1 });
  expect(await ledger()).toHaveLength(1);
});

test("a window done again does not owe again what was delivered", async () => {
  await store.insert("finding_changes", [findingRow({ finding_id: "a", at: T, kind: "damaged", order_id: "o1" })]);
  await act().step({ from: 0, to: T + 1 });
  const [mark] = (await marks()) as { effect_id: string }[];
  await store.insert("deliveries", [{ ...mark, status: "delivered", attempts: 1, detail: "", updated_at: 1 }]);
  await act().step({ from: 0, to: T + 1 });
  expect(await marks()).toEqual([{ ...mark, status: "delivered", attempts: 1 }]);
});

test("more findings at one time than are decided together", async () => {
  const many = Array.from({ length: 4500 }, (_, i) =>
    findingRow({ finding_id: `f${i}`, at: T, kind: "stalled_pickup", order_id: `o${i % 4400}` }),
  );
  await store.insert("finding_changes", many);
  await act().step({ from: 0, to: T + 1 });
  const [counts] = await store.query("SELECT count() AS n, uniqExact(order_id) AS orders FROM actions");
  expect(counts).toEqual({ n: 4400, orders: 4400 });
});

test("law: any cut of time into windows, with a crash and a step back, gives the same ledger and marks", async () => {
  const rows = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 99 }),
      at: fc.integer({ min: 0, max: 15 }),
      kind: fc.constantFrom("stalled_pickup", "stalled_transit", "stalled_customs", "damaged", "lost"),
      order: fc.integer({ min: 0, max: 3 }),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 25 },
  );
  const cuts = fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(rows, cuts, cuts, fc.nat(4), async (all, before, after, crash) => {
      await test_.clear();
      const findings = all.map(({ id, at, kind, order }) =>
        findingRow({ finding_id: `f${id}`, at: T + at, kind, order_id: `o${order}` }),
      );
      await store.insert("finding_changes", findings);
      await act().step({ from: 0, to: T + 16 });
      const expected = [await ledger(), await marks()];
      await store.command("TRUNCATE TABLE actions");
      await store.command("TRUNCATE TABLE deliveries");
      const cut = (at: readonly number[]) => at.map((ms) => T + ms);
      const done = windows(T, T + 16, cut(before)).slice(0, crash + 1);
      for (const window of done) await act().step(window);
      // The last window's cursor was not stored.
      for (const window of windows(done.at(-1)?.from ?? T, T + 16, cut(after))) await act().step(window);
      expect([await ledger(), await marks()]).toEqual(expected);
    }),
    { numRuns: 15 },
  );
});
