import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Calendar, plainWeekday, rhythmOf } from "../../forecasting/dwell/calendar.ts";
import type { Store } from "../../infra/store/port.ts";
import { readRhythms, readWaits } from "../../processors/learn/waits.ts";
import { openTestStore } from "../deliver/support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse("2026-01-05T00:00:00Z");
const CUTOFF = START + 60 * DAY;
const SPAN = { from: START, cutoff: CUTOFF };
const calendar: Calendar = { offset: 0, weekdayOf: plainWeekday };

let place: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  place = await openTestStore();
  store = place.store;
}, 60_000);
afterAll(() => place.close());
beforeEach(() => store.command("TRUNCATE TABLE order_events"));

const rows: Record<string, unknown>[] = [];
const tell = (order: string, kind: string, at: number, more: object = {}) =>
  rows.push({
    order_id: order,
    event_id: `${order}-${kind}`,
    kind,
    at,
    known_at: at,
    offset: rows.length,
    ...more,
  });

test("an order without a promise counts from the start, and what it waits for as a wait that goes on", async () => {
  for (let i = 0; i < 40; i++) {
    tell(`o${i}`, "placed", START + DAY);
    tell(`o${i}`, "paid", START + DAY + HOUR);
    if (i < 30) tell(`o${i}`, "picked_up", START + DAY + 11 * HOUR);
    if (i < 12) tell(`o${i}`, "delivered", START + 3 * DAY);
  }
  // Of those whose promise is not over nothing is known yet; of those it was broken to nothing normal.
  for (const [order, promised_by] of [
    ["later", CUTOFF + DAY],
    ["broken", START + 2 * DAY],
  ] as const) {
    tell(order, "placed", START + DAY, { promised_by });
    tell(order, "paid", START + DAY + HOUR);
    tell(order, "picked_up", START + 2 * DAY);
    tell(order, "delivered", START + 4 * DAY);
  }
  await store.insert("order_events", rows.splice(0));
  const rhythms = await readRhythms(store, SPAN, calendar, rhythmOf);
  const learned = await readWaits(store, SPAN, calendar, rhythms);
  const count = (stage: "payment" | "pickup" | "transit") => {
    const waits = (learned.get(stage)?.samples ?? []).map(({ waits }) => waits);
    const sum = (lists: (readonly number[])[]) => lists.flat().reduce((a, b) => a + b, 0);
    return { ended: sum(waits.map(({ ended }) => ended)), going: sum(waits.map(({ going }) => going)) };
  };
  expect(count("payment")).toEqual({ ended: 40, going: 0 });
  expect(count("pickup")).toEqual({ ended: 30, going: 10 });
  expect(count("transit")).toEqual({ ended: 12, going: 18 });
});

test("a carrier with enough scans has working hours of its own, others go by everybody's", async () => {
  const hours = { night: [1, 1000], noon: [12, 1000], few: [6, 999] } as const;
  for (const [carrier, [hour, n]] of Object.entries(hours))
    for (let i = 0; i < n; i++) tell(`${carrier}${i}`, "delivered", START + (i % 50) * DAY + hour * HOUR, { carrier });
  await store.insert("order_events", rows.splice(0));
  const { transit = {} } = await readRhythms(store, SPAN, calendar, rhythmOf);
  expect(Object.keys(transit).sort()).toEqual(["", "night", "noon"]);
  for (const carrier of ["night", "noon"] as const) {
    const { opens, closes } = transit[carrier] ?? { opens: Number.NaN, closes: Number.NaN };
    const [hour] = hours[carrier];
    expect(opens).toBeLessThanOrEqual(hour);
    expect(closes).toBeGreaterThan(hour);
  }
  expect(transit.noon?.opens).toBeGreaterThan(transit.night?.closes ?? 24);
});
