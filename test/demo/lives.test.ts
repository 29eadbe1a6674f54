import { expect, test } from "vitest";
import type { OrderKind } from "../../ingest/contracts/order.ts";
import { cases, lives, tellAll } from "./telling.ts";

const events = tellAll({ seed: 7, ordersPerDay: 400 });
const orders = lives(events);

/** What may come next; whatever may come at any time is left out below. */
const NEXT: Partial<Record<OrderKind, readonly OrderKind[]>> = {
  placed: ["paid", "cancelled"],
  paid: ["packed", "refund_requested"],
  refund_requested: ["cancelled"],
  cancelled: ["refunded"],
  packed: ["picked_up"],
  picked_up: ["arrived_hub", "customs_entered"],
  customs_entered: ["customs_cleared"],
  customs_cleared: ["arrived_hub"],
  arrived_hub: ["departed_hub", "out_for_delivery"],
  departed_hub: ["arrived_hub"],
  out_for_delivery: ["delivered", "delivery_failed"],
  delivery_failed: ["out_for_delivery", "returned"],
  delivered: ["return_requested"],
  return_requested: ["returned"],
  returned: ["refunded"],
};

test("every order lives a plausible life", () => {
  for (const { told } of orders) {
    const steps = told.map(({ event }) => event).filter(({ kind }) => !["contacted", "damaged", "lost"].includes(kind));
    expect(steps[0]?.kind).toBe("placed");
    for (const [i, step] of steps.entries()) {
      const after = steps[i + 1];
      if (after !== undefined && !NEXT[step.kind]?.includes(after.kind)) {
        expect.fail(`${step.kind} then ${after.kind} in ${step.orderId}`);
      }
      if (after?.kind === "departed_hub") expect(after.hub).toBe(step.hub);
      if (step.kind === "out_for_delivery") expect(step.region).toBe(told[0]?.event.destination);
    }
  }
});

test("all kinds of things happen, none too often", () => {
  const share = (kind: OrderKind) =>
    orders.filter((o) => o.told.some(({ event }) => event.kind === kind)).length / orders.length;
  const limits: [OrderKind, number, number][] = [
    ["delivered", 0.7, 0.95],
    ["cancelled", 0.01, 0.05],
    ["returned", 0.01, 0.05],
    ["refunded", 0.01, 0.08],
    ["delivery_failed", 0.01, 0.08],
    ["customs_cleared", 0.01, 0.05],
    ["lost", 0.0002, 0.005],
    ["damaged", 0.0005, 0.01],
    ["contacted", 0.0005, 0.01],
  ];
  for (const [kind, low, high] of limits) {
    expect(share(kind), kind).toBeGreaterThan(low);
    expect(share(kind), kind).toBeLessThan(high);
  }
});

test("couriers sleep, and parcels do not fly", () => {
  for (const { told } of orders) {
    const picked = told.find(({ event }) => event.kind === "picked_up")?.at;
    const delivered = told.find(({ event }) => event.kind === "delivered");
    if (delivered === undefined || picked === undefined) continue;
    const hour = Number(delivered.event.occurredAt.slice(11, 13));
    if (hour < 7 || hour >= 22) expect.fail(`delivered at ${delivered.event.occurredAt}`);
    const arrivals = told.filter(({ event }) => event.kind === "arrived_hub").length;
    expect((delivered.at - picked) / 3_600_000).toBeGreaterThan(2 * arrivals - 1.5);
  }
});

test("some customers come again, most do not live on one order", () => {
  const counts = new Map<string, number>();
  for (const { placed } of orders) counts.set(placed.customerId ?? "", (counts.get(placed.customerId ?? "") ?? 0) + 1);
  const again = [...counts.values()].filter((n) => n > 1).length / counts.size;
  expect(again).toBeGreaterThan(0.2);
  expect(again).toBeLessThan(0.8);
});

test("every case begins with the customer's words, in Chinese, about an order of theirs", () => {
  const buyer = new Map(orders.map(({ placed }) => [placed.orderId, placed.customerId]));
  const texts = new Set<string>();
  let without = 0;
  const all = cases(events);
  for (const [first, ...rest] of all) {
    expect(first?.event.kind).toBe("opened");
    expect(first?.event.text).toMatch(/[\u4e00-\u9fff]/);
    expect(first?.event.text).not.toMatch(/[{}]|undefined/);
    texts.add(first?.event.text ?? "");
    if (first?.event.orderId === undefined) without++;
    else expect(buyer.get(first.event.orderId)).toBe(first.event.customerId);
    for (const { event } of rest) {
      expect(event.kind).not.toBe("opened");
      expect(event.customerId).toBe(first?.event.customerId);
      if (event.kind === "called_back") expect(event.satisfaction).toBeGreaterThanOrEqual(1);
    }
  }
  expect(all.length).toBeGreaterThan(500);
  expect(texts.size / all.length).toBeGreaterThan(0.5);
  expect(without / all.length).toBeLessThan(0.1);
});

test("some complain again about the same order, in the same matter, and say so", () => {
  const byOrder = new Map<string, string[]>();
  for (const [first] of cases(events)) {
    const { orderId, text = "" } = first?.event ?? {};
    if (orderId !== undefined) byOrder.set(orderId, [...(byOrder.get(orderId) ?? []), text]);
  }
  const repeated = [...byOrder.values()].filter((texts) => texts.length > 1);
  expect(repeated.length).toBeGreaterThan(10);
  for (const texts of repeated) expect(texts[1]).toMatch(/^(又来问了|第二次|昨天说|还是没解决|再投诉)/);
});

test("an answer comes within ten minutes on calm days, and is often late in the rush", () => {
  const rush = Date.parse("2025-11-12T00:00:00+08:00");
  const minutes = (from: number, to: number) =>
    cases(events).flatMap((told) => {
      const [opened, answered] = [told[0], told.find(({ event }) => event.kind === "responded")];
      const hour = Number(opened?.event.occurredAt.slice(11, 13));
      if (!opened || !answered || opened.at < from || opened.at >= to || hour < 9 || hour >= 21) return [];
      return [(answered.at - opened.at) / 60_000];
    });
  const overdue = (list: number[]) => list.filter((m) => m > 10).length / list.length;
  expect(overdue(minutes(0, rush - 3 * 86_400_000))).toBeLessThan(0.15);
  expect(overdue(minutes(rush, rush + 5 * 86_400_000))).toBeGreaterThan(0.2);
});

test("what was not typed by the customer is mostly classified; what is major is investigated", () => {
  const settled = cases(events).filter(
    (told) =>
      (told[0]?.at ?? 0) < Date.parse("2025-11-09T00:00:00+08:00") &&
      !told.some(({ event }) => event.kind === "withdrawn"),
  );
  const has = (told: (typeof settled)[number], kind: string) => told.some(({ event }) => event.kind === kind);
  const untyped = settled.filter((told) => told[0]?.event.type === undefined);
  expect(untyped.length / settled.length).toBeGreaterThan(0.3);
  expect(untyped.filter((told) => has(told, "classified")).length / untyped.length).toBeGreaterThan(0.85);
  for (const told of settled) {
    if (told.some(({ event }) => event.severity === "major")) expect(has(told, "investigation_started")).toBe(true);
  }
});
