import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { summary } from "../../dashboards/summary/schema.ts";
import { summarise } from "../../dashboards/summary.ts";
import type { Store } from "../../infra/store/port.ts";
import { emptyStore } from "./open.ts";
import * as rows from "./rows.ts";

const { T0, MINUTE, HOUR } = rows;
let store: Store;

beforeAll(async () => {
  store = await emptyStore();
});
afterAll(async () => store.close());

/** Every number below is counted by hand from these rows. */
async function write() {
  await store.insert("order_events", [
    rows.orderEvent({ order_id: "o1", event_id: "e1", at: T0 }),
    rows.orderEvent({ order_id: "o1", event_id: "e2", kind: "paid", at: T0 + MINUTE, known_at: T0 + HOUR }),
    // The same told again later is no second late event, and what was in time stays in time.
    rows.orderEvent({ order_id: "o1", event_id: "e1", at: T0, known_at: T0 + HOUR, offset: 90 }),
    rows.orderEvent({ order_id: "o2", event_id: "e3", at: T0 + HOUR }),
    rows.orderEvent({ order_id: "o2", event_id: "e3", at: T0 + HOUR, content: "another content, same id" }),
  ]);
  await store.insert("complaint_events", [
    rows.complaintEvent({ complaint_id: "k1", event_id: "ke1", at: T0 }),
    rows.complaintEvent({ complaint_id: "k1", event_id: "ke2", kind: "responded", at: T0 + 4 * MINUTE }),
    rows.complaintEvent({
      complaint_id: "k1",
      event_id: "ke3",
      kind: "closed",
      at: T0 + HOUR,
      known_at: T0 + 2 * HOUR,
    }),
    rows.complaintEvent({ complaint_id: "k2", event_id: "ke4", severity: "major", type: "damaged_or_lost" }),
    rows.complaintEvent({ complaint_id: "k2", event_id: "ke5", kind: "responded", type: "", at: T0 + 20 * MINUTE }),
    rows.complaintEvent({ complaint_id: "k3", event_id: "ke6" }),
    rows.complaintEvent({ complaint_id: "k4", event_id: "ke7" }),
  ]);
  await store.insert("context_events", [rows.contextEvent({})]);
  await store.insert("dead_letters", [rows.deadLetter({ letter_id: "l1" }), rows.deadLetter({ letter_id: "l2" })]);
  await store.insert("progress", [
    rows.progress({ partition: 0, next_offset: 3, received: 2, open: 9, watermark: T0 }),
    rows.progress({ partition: 0, next_offset: 9, received: 9, open: 1, watermark: T0 + 3 * HOUR }),
    rows.progress({ partition: 1, next_offset: 9, received: 1, open: 1, late: 7, watermark: T0 + 2 * HOUR }),
    rows.progress({
      process: "complain",
      topic: "tocsin.complaints.v1",
      received: 8,
      open: 3,
      watermark: T0 + 4 * HOUR,
    }),
  ]);
  const late = { kind: "first_response_overdue", subject_kind: "case" };
  await store.insert("finding_changes", [
    rows.findingChange({ finding_id: "f1", kind: "stalled_transit" }),
    rows.findingChange({ finding_id: "f1", kind: "stalled_transit", change: "ended", at: T0 + HOUR, reason: "moved" }),
    rows.findingChange({ finding_id: "f2", kind: "stalled_customs" }),
    rows.findingChange({ finding_id: "f3", kind: "promise_at_risk" }),
    rows.findingChange({ finding_id: "f4", kind: "promise_broken" }),
    rows.findingChange({ finding_id: "f5", ...late, subject_id: "k2" }),
    rows.findingChange({ finding_id: "f6", ...late, subject_id: "k3" }),
    rows.findingChange({ finding_id: "f7", kind: "repeat_complaint", subject_kind: "customer", subject_id: "c1" }),
  ]);
  await store.insert("incident_changes", [
    rows.incidentChange({ incident_id: "i1" }),
    rows.incidentChange({ incident_id: "i1", at: T0 + HOUR, change: "grew", size: 40, observed: 30 }),
    rows.incidentChange({ incident_id: "i1", at: T0 + 5 * HOUR, change: "resolved", size: 40, observed: 2 }),
    rows.incidentChange({ incident_id: "i2", dimension: "hub", value: "WUH-1", measure: "stalls", size: 7 }),
  ]);
  await store.insert("actions", [
    rows.action({ action_id: "a1" }),
    rows.action({ action_id: "a2", steps: ["apology", "coupon"], amount: "10.50", cause: "stalled_customs" }),
    rows.action({ action_id: "a3", verdict: "awaiting_approval", amount: "80.00" }),
    rows.action({ action_id: "a4", amount: "3.00", currency: "BRL" }),
  ]);
  await store.insert("page_changes", [
    rows.pageChange({ page_id: "p1" }),
    rows.pageChange({ page_id: "p1", change: "resolved", at: T0 + HOUR }),
    rows.pageChange({ page_id: "p2", severity: "warning" }),
  ]);
  await store.insert("deliveries", [
    rows.delivery({ effect_id: "a1", status: "pending", updated_at: T0 }),
    rows.delivery({ effect_id: "a1", status: "delivered", updated_at: T0 + MINUTE }),
    rows.delivery({ effect_id: "a2", status: "failed" }),
  ]);
  await store.insert("forecasts", [
    rows.forecast({ issued_at: T0, mean: 99 }),
    rows.forecast({ issued_at: T0 + HOUR, mean: 10 }),
    rows.forecast({ issued_at: T0 + HOUR, at: T0 + 2 * HOUR, mean: 12 }),
    rows.forecast({ series: "complaints|region|440000", mean: 3 }),
  ]);
}

const iso = (ms: number) => new Date(ms).toISOString();

describe("summarise", () => {
  test("of an empty store is all zeros and honest nulls", async () => {
    const empty = await summarise(store);
    expect(empty.events).toEqual({ received: 0, accepted: 0, repeated: 0, rejected: 0, late: 0, from: null, to: null });
    expect(empty.frontier).toBeNull();
    expect(empty.cases.respondedInTimeShare).toBeNull();
    expect(empty.forecasts).toEqual({ series: 0, points: 0, issuedAt: null, peaks: [] });
  });

  test("counts what was written", async () => {
    await write();
    const s = await summarise(store);
    // 9 + 1 + 8 read; 3 + 7 + 1 different events; 2 letters; the rest were repeats.
    expect(s.events).toEqual({
      received: 18,
      accepted: 11,
      repeated: 5,
      rejected: 2,
      late: 2,
      from: iso(T0),
      to: iso(T0 + HOUR),
    });
    expect(s.frontier).toBe(iso(T0 + 2 * HOUR));
    expect([s.orders, s.openOrders]).toEqual([2, 2]);
    expect([s.stalls, s.openStalls, s.promiseRisks, s.promiseBreaches]).toEqual([2, 1, 1, 1]);
    expect(s.findings.total).toBe(7);
    expect(s.findings.byKind[0]).toEqual({ kind: "first_response_overdue", total: 2, open: 2 });
    expect(s.incidentCounts).toEqual({ total: 2, open: 1 });
    expect(s.incidents.map((x) => [x.incidentId, x.size, x.resolvedAt])).toEqual([
      ["i2", 7, null],
      ["i1", 40, iso(T0 + 5 * HOUR)],
    ]);
    // k1 in time after 4 min; k2 late after 20 min; k3 late and unanswered; k4 not due yet.
    expect(s.cases).toEqual({
      total: 4,
      open: 3,
      major: 1,
      closed: 1,
      repeatCustomers: 1,
      firstResponseOverdue: 2,
      respondedInTime: 1,
      respondedInTimeShare: 1 / 3,
      medianFirstResponseSeconds: 1200,
      byType: [
        { type: "late", total: 3 },
        { type: "damaged_or_lost", total: 1 },
      ],
    });
    expect(s.actions).toEqual({
      total: 4,
      approved: 3,
      awaitingApproval: 1,
      held: 0,
      amount: 15.5,
      amountAwaiting: 80,
      otherCurrencies: [{ currency: "BRL", amount: 3 }],
      bySteps: [
        { step: "apology", total: 4 },
        { step: "coupon", total: 4 },
        { step: "express_upgrade", total: 3 },
      ],
      byCause: [
        { cause: "stalled_transit", total: 3 },
        { cause: "stalled_customs", total: 1 },
      ],
      deliveries: { delivered: 1, pending: 0, failed: 1 },
    });
    expect([s.pages.total, s.pages.open, s.pages.latest.map((p) => p.pageId)]).toEqual([2, 1, ["p2", "p1"]]);
    expect(s.forecasts.series).toBe(2);
    expect(s.forecasts.points).toBe(3);
    expect(s.forecasts.peaks.map((p) => [p.series, p.mean])).toEqual([
      ["complaints|all", 12],
      ["complaints|region|440000", 3],
    ]);
  });

  test("does not move when every row is written again", async () => {
    const before = await summarise(store);
    await write();
    expect(await summarise(store)).toEqual(before);
  });

  test("facts stored before they are counted were received", async () => {
    await store.insert(
      "order_events",
      Array.from({ length: 9 }, (_, i) => rows.orderEvent({ event_id: `new${i}` })),
    );
    const { events } = await summarise(store);
    expect(events).toMatchObject({ received: 22, accepted: 20, repeated: 0, rejected: 2 });
  });

  test("refuses numbers that contradict each other", async () => {
    const s = await summarise(store);
    const wrong = summary.safeParse({ ...s, events: { ...s.events, received: s.events.received + 1 } });
    expect(wrong.error?.message).toContain("expected received = accepted + repeated + rejected");
  });
});
