import { describe, expect, test } from "vitest";
import { ALWAYS, plainWeekday } from "../../forecasting/dwell/calendar.ts";
import { type NormStage, normsOf } from "../../processors/shell/norms.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { monthsAfter } from "../../processors/track/shelf.ts";
import { at, HOUR, type Input, MINUTE, play, T0, toRecords } from "../shell/fold.ts";

const DAY = 24 * HOUR;
const policy = trackPolicy.parse(undefined);
const event = (kind: string, time: number, more: object = {}): Input => ({
  orderId: "o",
  kind,
  occurredAt: at(time),
  ...more,
});

/** Norms in force from T0 on: every quantile of a stage is so many hours. */
function learned(hours: Partial<Record<NormStage, number>>) {
  const stages = Object.fromEntries(
    Object.entries(hours).map(([stage, h]) => [
      stage,
      {
        ...{ n: 999, family: "log-normal", between: [], carriers: {}, weekdays: {} },
        z: { shortest: -1, typical: 0, likely: 0, limit: 0 },
        places: { "": [Math.log(h), Math.log(4) ** 2, 0] },
      },
    ]),
  );
  const rhythms = Object.fromEntries(Object.keys(hours).map((stage) => [stage, { "": ALWAYS }]));
  const body = { stages, rhythms, atLeast: 0 } as never;
  return normsOf([{ from: T0, version: "v1", body }], { offset: 8, weekdayOf: plainWeekday }, () => undefined, 0);
}

const rowsOf = (inputs: Input[], hours: Partial<Record<NormStage, number>> = {}, change = "opened") =>
  play("orders", () => createTrack(policy, "test", learned(hours)), toRecords(inputs)).tables.findings(
    change,
  ) as unknown as {
    kind: string;
    at: number;
    due: number;
    reason: string;
    evidence: string;
  }[];
const kinds = (inputs: Input[], hours: Partial<Record<NormStage, number>> = {}) =>
  rowsOf(inputs, hours)
    .map(({ kind }) => kind)
    .sort();

describe("stalls", () => {
  const paid = event("paid", T0, { origin: "a", destination: "b" });
  test("what was learned is the limit, and its number is in time", () => {
    expect(kinds([paid, event("picked_up", T0 + 30 * HOUR)], { pickup: 30 })).toEqual([]);
    expect(kinds([paid, event("picked_up", T0 + 30 * HOUR + 2)], { pickup: 30 })).toEqual(["stalled_pickup"]);
    const [row] = rowsOf([paid, { watermark: T0 + 60 * HOUR }], { pickup: 30 });
    expect(JSON.parse(row?.evidence ?? "")).toMatchObject({ norm: "v1", workingHours: 30 });
  });
  test("a wait that began before the norm was in force keeps the fixed limit", () => {
    const early = event("paid", T0 - 1);
    expect(kinds([early, { watermark: T0 + 47 * HOUR }], { pickup: 30 })).toEqual([]);
    expect(kinds([early, { watermark: T0 + 48 * HOUR }], { pickup: 30 })).toEqual(["stalled_pickup"]);
  });
  test.each([
    ["perishable", "pickup", 24],
    ["time_critical", "pickup", 12],
  ])("%s orders have their own limit for %s, exactly", (trait, stage, hours) => {
    const own = event("paid", T0, { traits: [trait] });
    const stalls = (late: number, norm = {}) =>
      kinds([own, event("picked_up", T0 + hours * HOUR + late)], norm).filter((kind) => kind === `stalled_${stage}`);
    expect(stalls(0)).toEqual([]);
    expect(stalls(1)).toEqual([`stalled_${stage}`]);
    // What was learned is stricter, or it is not looked at.
    expect(stalls(1, { pickup: 100 })).toHaveLength(1);
    expect(stalls(0, { pickup: 5 })).toHaveLength(1);
  });
  test("high-value parcels may lie in a hub for less, cross-border ones may be on the road for longer", () => {
    const hub = (traits: string[], hours: number) =>
      kinds([event("arrived_hub", T0, { traits }), { watermark: T0 + hours * HOUR + 1 }]);
    expect([hub([], 20), hub(["high_value"], 20), hub(["fragile"], 23.9)]).toEqual([[], ["stalled_transit"], []]);
    const road = (traits: string[], hours: number) =>
      kinds([event("picked_up", T0, { traits }), { watermark: T0 + hours * HOUR + 1 }]);
    expect([road([], 72), road(["cross_border"], 72), road(["cross_border"], 96)]).toEqual([
      ["stalled_transit"],
      [],
      ["stalled_transit"],
    ]);
  });
  test("customs: seven days are the limit whatever is usual; slower than usual is said before, and leads to nothing", () => {
    const held = (days: number, ms = 0) => [event("customs_entered", T0), { watermark: T0 + days * DAY + ms }];
    expect(kinds(held(7), { customs: 300 })).toEqual([]);
    expect(kinds(held(7, 1), { customs: 300 })).toEqual(["stalled_customs"]);
    expect(kinds(held(3), { customs: 48 })).toEqual(["slow_customs"]);
  });
});

describe("waiting for pick-up", () => {
  const promise = T0 + 40 * HOUR;
  const cake = event("paid", T0, { service: "next_day", promisedBy: at(promise), traits: ["time_critical"] });
  const risks = (inputs: Input[], hours = {}) => kinds(inputs, hours).filter((kind) => kind === "pickup_at_risk");
  test("the dated cake is warned of while there is still time for the way, not later", () => {
    expect(risks([cake, { watermark: promise - 20 * HOUR }])).toEqual([]);
    expect(risks([cake, { watermark: promise - 20 * HOUR + 1 }])).toEqual(["pickup_at_risk"]);
    expect(risks([cake, { watermark: promise - 30 * HOUR }], { way: 30 })).toEqual([]);
    expect(risks([cake, { watermark: promise - 30 * HOUR + 3 }], { way: 30 })).toEqual(["pickup_at_risk"]);
    expect(risks([cake, event("picked_up", promise - 20 * HOUR), { watermark: promise }])).toEqual([]);
  });
  test("nobody is warned in the first two hours, nor of an ordinary order", () => {
    const late = event("paid", T0, { service: "next_day", promisedBy: at(T0 + 10 * HOUR) });
    expect(risks([late, { watermark: T0 + 2 * HOUR }])).toEqual([]);
    expect(risks([late, { watermark: T0 + 2 * HOUR + 1 }])).toEqual(["pickup_at_risk"]);
    const plain = event("paid", T0, { service: "standard", promisedBy: at(promise) });
    expect(risks([plain, { watermark: promise }])).toEqual([]);
  });
});

describe("rounds and contacts", () => {
  test("one failed round, and more than one", () => {
    const once = [event("out_for_delivery", T0), event("delivery_failed", T0 + HOUR)];
    const twice = [...once, event("delivery_failed", T0 + 9 * HOUR)];
    expect(kinds([...once, { watermark: T0 + 2 * HOUR }])).toEqual(["delivery_failed"]);
    expect(kinds([...once, ...once, { watermark: T0 + 2 * HOUR }])).toEqual(["delivery_failed"]);
    expect(kinds([...twice, { watermark: T0 + 10 * HOUR }])).toEqual(["delivery_failed", "delivery_failed_again"]);
    const ended = rowsOf([...twice, event("delivered", T0 + 11 * HOUR)], {}, "ended");
    expect(ended.map(({ kind, reason }) => `${kind} ${reason}`).sort()).toEqual([
      "delivery_failed delivered",
      "delivery_failed_again delivered",
    ]);
  });
  test("the second contact about an order is a repeated one, the same one told twice is not", () => {
    const first = event("contacted", T0);
    expect(kinds([first, first, { watermark: T0 + DAY }])).toEqual([]);
    expect(kinds([first, event("contacted", T0 + HOUR), { watermark: T0 + DAY }])).toEqual(["repeated_contact"]);
  });
});

describe("abnormal sign-off", () => {
  const way = [event("picked_up", T0), event("arrived_hub", T0 + 8 * HOUR), event("out_for_delivery", T0 + 9 * HOUR)];
  const end = { watermark: T0 + 90 * HOUR };
  const signs = (inputs: Input[], hours = {}) => {
    const [row] = rowsOf([...inputs, end], hours).filter(({ kind }) => kind === "abnormal_signoff");
    return row === undefined ? [] : (JSON.parse(row.evidence) as { signs: string[] }).signs;
  };
  const signed = (more: object = {}) => event("delivered", T0 + 12 * HOUR, more);
  test("an ordinary signature is none", () => {
    expect(signs([...way, signed({ signedBy: "self", distanceM: 1000 })])).toEqual([]);
    expect(signs([...way, signed({ signedBy: "locker", distanceM: 3000 })])).toEqual([]);
    // A carrier that scans nothing on the way has no scan to miss.
    expect(signs([event("picked_up", T0), signed()])).toEqual([]);
  });
  test("each sign by itself, at its number and beyond", () => {
    expect(signs([...way, signed({ signedBy: "self", distanceM: 1001 })])).toEqual(["far"]);
    expect(signs([...way, signed({ signedBy: "locker", distanceM: 3001 })])).toEqual(["far"]);
    expect(signs([...way, signed({ signedBy: "neighbour", value: 999.99 })])).toEqual([]);
    expect(signs([...way, signed({ signedBy: "neighbour", value: 1000 })])).toEqual(["stranger"]);
    expect(signs([...way, signed({ signedBy: "unknown", traits: ["high_value"] })])).toEqual(["stranger"]);
    expect(signs([...way.slice(0, 2), signed()])).toEqual(["no_out_for_delivery"]);
    expect(signs([...way, signed(), event("contacted", T0 + 60 * HOUR)])).toEqual(["contact_soon"]);
    expect(signs([...way, signed(), event("contacted", T0 + 60 * HOUR + 1)])).toEqual([]);
    // A quarter of what is usual is quicker than any: the norm's shortest here.
    expect(signs([...way, signed()], { way: 48.1 })).toEqual(["too_fast"]);
    expect(signs([...way, signed()], { way: 47.9 })).toEqual([]);
  });
  test("several signs are one finding", () => {
    const all = [...way.slice(0, 2), signed({ signedBy: "unknown", distanceM: 5000, value: 5000 })];
    expect(signs(all)).toEqual(["no_out_for_delivery", "far", "stranger"]);
  });
  test("a scan told within the grace is no sign, one told after it corrects", () => {
    const scan = event("out_for_delivery", T0 + 9 * HOUR);
    const before = [...way.slice(0, 2), signed()];
    expect(signs([...before, { watermark: T0 + 14 * HOUR }, scan])).toEqual([]);
    const late = [...before, { watermark: T0 + 14 * HOUR + MINUTE }, scan, end];
    expect(rowsOf(late, {}, "ended")).toMatchObject([{ kind: "abnormal_signoff", reason: "corrected" }]);
  });
});

describe("shelf life", () => {
  const goods = (expiresAt: number, traits: string[], promisedBy = T0 + 3 * DAY) =>
    event("paid", T0, {
      traits,
      promisedBy: at(promisedBy),
      shelfLife: { producedAt: at(T0 - 900 * DAY), expiresAt: at(expiresAt) },
    });
  const shelf = (inputs: Input[], hours = {}) =>
    kinds(inputs, hours).filter((kind) => kind === "near_expiry" || kind === "perishable_at_risk");
  const soon = { watermark: T0 + 1 };
  test("a perishable must have two days left when it is expected", () => {
    expect(shelf([goods(T0 + 5 * DAY, ["perishable"]), soon])).toEqual([]);
    expect(shelf([goods(T0 + 5 * DAY - 1, ["perishable"]), soon])).toEqual(["perishable_at_risk"]);
    // Still on its way when less than two days are left, whatever was expected.
    expect(shelf([goods(T0 + 5 * DAY, ["perishable"]), { watermark: T0 + 3 * DAY + 1 }])).toEqual([
      "perishable_at_risk",
    ]);
  });
  test("six months or fewer left at the expected arrival are near expiry", () => {
    const arrival = T0 + 3 * DAY;
    expect(shelf([goods(monthsAfter(arrival, 6) + DAY, []), soon])).toEqual([]);
    expect(shelf([goods(monthsAfter(arrival, 6), []), soon])).toEqual(["near_expiry"]);
    expect(shelf([goods(monthsAfter(arrival, 6) + 1, []), soon])).toEqual([]);
  });
  test("the expected arrival is the learned one where there is one", () => {
    const expires = monthsAfter(T0 + 4 * DAY, 6);
    expect(shelf([goods(expires, []), soon])).toEqual([]);
    expect(shelf([goods(expires, []), soon], { pickup: 24, way: 73 })).toEqual(["near_expiry"]);
  });
  test("goods that never live longer than that are fresh, not old", () => {
    const fresh = event("paid", T0, {
      promisedBy: at(T0 + DAY),
      shelfLife: { producedAt: at(T0 - DAY), expiresAt: at(T0 + 60 * DAY) },
    });
    expect(shelf([fresh, soon])).toEqual([]);
  });
  test("months end where they end", () => {
    expect(at(monthsAfter(Date.parse("2025-08-31T10:00:00Z"), 6))).toBe("2026-02-28T10:00:00.000Z");
    expect(at(monthsAfter(Date.parse("2025-03-31T10:00:00Z"), -1))).toBe("2025-02-28T10:00:00.000Z");
  });
});
