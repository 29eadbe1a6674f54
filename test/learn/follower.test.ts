import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Calendar, plainWeekday } from "../../forecasting/dwell/calendar.ts";
import type { Store } from "../../infra/store/port.ts";
import { createLearn } from "../../processors/learn/follower.ts";
import { learnPolicy } from "../../processors/learn/policy.ts";
import { type NormBody, normsOf } from "../../processors/shell/norms.ts";
import { openTestStore, windows } from "../deliver/support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A Thursday, as all boundaries are. */
const START = Date.parse("2026-01-01T00:00:00Z");
const calendar: Calendar = { offset: 0, weekdayOf: plainWeekday };
const policy = learnPolicy.parse({ enough: 20, window: "60d", exceeding: 0.05 });

/**
 * Orders every two hours, handed over after 10 to 19 hours and delivered 30 hours later; one in ten is late by days, and
 * one in ten is still on its way.
 */
function facts(): { known: number; row: Record<string, unknown> }[] {
  const all: { known: number; row: Record<string, unknown> }[] = [];
  const add = (order: number, kind: string, at: number) => {
    const row = {
      order_id: `o${order}`,
      event_id: `${order}-${kind}`,
      content: "",
      kind,
      at,
      known_at: at,
      offset: all.length,
    };
    const said = { origin: "a", destination: "b", service: "s", promised_by: START + order * 2 * HOUR + 3 * DAY };
    all.push({ known: at, row: kind === "placed" ? { ...row, ...said } : row });
  };
  for (let order = 0; order < 250; order += 1) {
    const placed = START + order * 2 * HOUR;
    add(order, "placed", placed);
    add(order, "paid", placed + HOUR);
    const handed = placed + HOUR + (order % 10 === 7 ? 200 : 10 + (order % 10)) * HOUR;
    if (order % 10 === 3) continue;
    add(order, "picked_up", handed);
    add(order, "delivered", handed + 30 * HOUR);
  }
  return all.sort((x, y) => x.known - y.known);
}

describe("norms from stored facts", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
    await store.command("SYSTEM STOP MERGES");
  }, 60_000);
  afterAll(() => place.close());

  /** Learns in steps, each of which sees only what was known before its end; everything is stored twice. */
  async function run(cuts: readonly number[]) {
    for (const table of ["order_events", "norms"]) await store.command(`TRUNCATE TABLE ${table}`);
    let stored = Number.NEGATIVE_INFINITY;
    for (const window of windows(START - DAY, START + 30 * DAY, cuts)) {
      const fresh = facts()
        .filter(({ known }) => known >= stored && known < window.to)
        .map(({ row }) => row);
      await store.insert("order_events", fresh);
      await store.insert(
        "order_events",
        fresh.map((row) => ({ ...row, offset: Number(row.offset) + 100_000 })),
      );
      stored = window.to;
      await createLearn({ store, policy, calendar, above: () => undefined }).step(window);
    }
    return store.query<{ at: number; learned: number; version: string; waits: number; body: string }>(
      `SELECT toFloat64(toUnixTimestamp64Milli(in_force_from)) AS at, toFloat64(toUnixTimestamp64Milli(learned_to)) AS learned,
         version, waits, body FROM norms FINAL ORDER BY in_force_from`,
    );
  }

  test("a version a week, from what was known an hour before; any cut of time gives the same", {
    timeout: 60_000,
  }, async () => {
    const once = await run([]);
    expect(once.map(({ at }) => (at - START) / DAY)).toEqual([7, 14, 21, 28]);
    expect(once.every(({ at, learned }) => at - learned === HOUR)).toBe(true);
    expect(await run([START + 7 * DAY - HOUR, START + 9 * DAY, START + 9 * DAY + 1, START + 21 * DAY])).toEqual(once);

    const body = JSON.parse(once.at(-1)?.body ?? "") as NormBody;
    // Whose promise is over and was kept: eight of ten.
    expect(body.stages.pickup?.n).toBe(250 * 0.8);
    expect(body.stages.transit?.n).toBe(250 * 0.8);
    const norms = normsOf([{ from: START, version: "x", body }], calendar, () => undefined, 0);
    const about = { service: "s", carrier: "", origin: "a", destination: "b" };
    const hours = (stage: "pickup" | "transit", quantile: "typical" | "limit") =>
      norms.until(stage, START + 40 * DAY, about, quantile)?.hours ?? Number.NaN;
    expect(hours("pickup", "typical")).toBeGreaterThan(12);
    expect(hours("pickup", "typical")).toBeLessThan(17);
    // Neither the late ones nor those that wait stretch the limit.
    expect(hours("pickup", "limit")).toBeGreaterThan(17);
    expect(hours("pickup", "limit")).toBeLessThan(30);
    expect(hours("transit", "limit")).toBeGreaterThan(29);
    expect(hours("transit", "limit")).toBeLessThan(34);
    // The first week has fewer orders with an outcome, and looks at nothing later.
    const early = JSON.parse(once[0]?.body ?? "") as NormBody;
    expect(early.stages.pickup?.n).toBeLessThan(60);
  });

  test("off learns nothing", async () => {
    await store.command("TRUNCATE TABLE norms");
    const off = learnPolicy.parse({ every: "off" });
    await createLearn({ store, policy: off, calendar, above: () => undefined }).step({ from: 0, to: START + 30 * DAY });
    expect(await store.query("SELECT * FROM norms")).toEqual([]);
  });
});
