import { expect, test } from "vitest";
import { DAY, HOUR, iso } from "../../ingest/demo/clock.ts";
import { DEMO } from "../../ingest/demo/story.ts";
import { cases, type Life, lateShare, lives, promised, tellAll, when } from "./telling.ts";

const events = tellAll();
const disturbed = lives(events);
const calmEvents = tellAll({ disturbances: false });
const calm = new Map(lives(calmEvents).map((life) => [life.placed.orderId, life]));
const sameWithout = (some: readonly Life[]) => some.flatMap((life) => calm.get(life.placed.orderId) ?? []);

test("with and without the disturbances it is the same shop: the same orders", () => {
  expect(disturbed.map(({ placed }) => placed)).toEqual([...calm.values()].map(({ placed }) => placed));
});

test("as large as it says: 20 thousand orders, 200 thousand events, a peak of four calm days", () => {
  const placed = events.filter(({ event }) => event.kind === "placed");
  expect(placed.length).toBeGreaterThan(17_000);
  expect(placed.length).toBeLessThan(25_000);
  expect(events.length).toBeGreaterThan(150_000);
  expect(events.length).toBeLessThan(240_000);
  const onDay = (date: string) => placed.filter(({ at }) => iso(at).startsWith(date)).length;
  expect(onDay("2025-10-29")).toBeGreaterThan(450);
  expect(onDay("2025-10-29")).toBeLessThan(650);
  expect(onDay("2025-11-11") / onDay("2025-10-29")).toBeGreaterThan(3);
});

test("2 to 8 % are late in calm weeks", () => {
  const history = disturbed.filter((life) => life.placedAt < DEMO.weekStart - 4 * DAY);
  expect(lateShare(history)).toBeGreaterThan(0.02);
  expect(lateShare(history)).toBeLessThan(0.08);
});

const atHub = (life: Life) =>
  life.told.filter(({ event }) => event.hub === DEMO.jam.hub && event.kind === "arrived_hub").map(({ at }) => at);

test("the jammed yard takes in and gives nothing out, then empties at a limited rate", () => {
  const scans = (kind: string, from: number, to: number) =>
    events.filter(
      ({ stream, at, event }) =>
        stream === "orders" && event.hub === DEMO.jam.hub && event.kind === kind && at >= from && at < to,
    ).length;
  const { from, to } = DEMO.jam;
  expect(scans("departed_hub", from, to)).toBe(0);
  expect(scans("arrived_hub", from, to)).toBeGreaterThan(300);
  const day = scans("departed_hub", to, to + DAY);
  expect(day).toBeGreaterThan(500);
  expect(scans("departed_hub", to, to + HOUR)).toBeLessThan(day / 12);
});

test("the jam makes more than three times as many late as there would have been", () => {
  const held = disturbed.filter((life) => atHub(life).some((at) => at >= DEMO.jam.from - 2 * HOUR && at < DEMO.jam.to));
  expect(held.length).toBeGreaterThan(300);
  expect(lateShare(held)).toBeGreaterThan(0.2);
  expect(lateShare(held)).toBeGreaterThan(3 * lateShare(sameWithout(held)));
});

const wet = (life: Life) => life.placed.destination?.startsWith("44") ?? false;

test("the rain makes more than three times as many late, there and not elsewhere", () => {
  const { from, to } = DEMO.rain;
  const waiting = disturbed.filter((life) => {
    const arrived = life.told.findLast(({ event }) => event.kind === "arrived_hub")?.at ?? 0;
    return arrived >= from - 12 * HOUR && arrived < to && promised(life) < to + DAY && atHub(life).length === 0;
  });
  const inRain = waiting.filter(wet);
  const dry = waiting.filter((life) => !wet(life));
  expect(inRain.length).toBeGreaterThan(60);
  expect(lateShare(inRain)).toBeGreaterThan(3 * lateShare(sameWithout(inRain)));
  expect(lateShare(inRain)).toBeGreaterThan(3 * lateShare(dry));
});

const opened = (told: ReturnType<typeof cases>) => told.flatMap(([first]) => first ?? []);
const late = /送|到|物流|催|卡|停|超时|更新/;

test("complaints follow the rain, they do not go before it", () => {
  const inProvince = opened(cases(events)).filter(({ event }) => event.region?.startsWith("44"));
  const calmly = opened(cases(calmEvents)).filter(({ event }) => event.region?.startsWith("44"));
  const perDay = (list: typeof inProvince, from: number, to: number) =>
    list.filter(({ at }) => at >= from && at < to).length / ((to - from) / DAY);
  const history = perDay(inProvince, DEMO.weekStart - 14 * DAY, DEMO.weekStart);
  expect(perDay(inProvince, DEMO.weekStart, DEMO.rain.from)).toBeLessThan(3 * history);
  expect(perDay(inProvince, DEMO.rain.from + DAY, DEMO.weekEnd - DAY)).toBeGreaterThan(4 * history);
  // Until the yard jams, the two weeks are one.
  const before = (list: typeof inProvince) =>
    list.filter(({ at }) => at < DEMO.jam.from).map(({ event }) => event.text);
  expect(before(inProvince)).toEqual(before(calmly));
});

test("complaints about parcels that do not move come hours to days after the jam began", () => {
  const stuck = opened(cases(events)).filter(({ event }) => event.text?.includes(DEMO.jam.hub));
  expect(stuck.length).toBeGreaterThan(40);
  for (const { at } of stuck) expect(at).toBeGreaterThan(DEMO.jam.from + 12 * HOUR);
  expect(stuck.every(({ event }) => late.test(event.text ?? ""))).toBe(true);
});

test("who is late complains much more than who is not", () => {
  const complained = new Set(opened(cases(events)).map(({ event }) => event.orderId));
  const share = (some: readonly Life[]) =>
    some.filter(({ placed }) => complained.has(placed.orderId)).length / some.length;
  const done = disturbed.filter((life) => promised(life) < DEMO.weekEnd - DAY && when(life, "delivered") !== undefined);
  const isLate = (life: Life) => (when(life, "delivered") ?? 0) > promised(life);
  expect(share(done.filter(isLate))).toBeGreaterThan(5 * share(done.filter((life) => !isLate(life))));
});

test("one merchant sends wrong things in the rush, and hears of it", () => {
  const wrong = (list: typeof events) =>
    opened(cases(list)).filter(
      ({ event }) => event.type === "wrong_item" && event.merchantId === DEMO.wrongItems.merchantId,
    );
  expect(wrong(calmEvents)).toHaveLength(0);
  expect(wrong(events).length).toBeGreaterThan(5);
  for (const { at } of wrong(events)) expect(at).toBeGreaterThan(DEMO.wrongItems.from + DAY);
});

test("rain and promotion are known before they come", () => {
  const context = events.flatMap((e) => (e.stream === "context" ? [e] : []));
  const warnings = context.filter(({ event }) => event.kind === "weather" && event.hazard === "heavy_rain");
  expect(warnings[0]?.at).toBe(DEMO.rain.firstIssued);
  expect(warnings.filter(({ at }) => at < DEMO.rain.from).length).toBeGreaterThan(2);
  const promotion = context.find(({ event }) => event.kind === "promotion" && event.id === DEMO.promotion.id);
  expect(promotion?.at).toBeLessThan(DEMO.promotion.from - 7 * DAY);
  const quiet = calmEvents.filter(({ event }) => event.kind === "weather" && event.severity > 1);
  expect(quiet).toEqual([]);
});
