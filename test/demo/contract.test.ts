import { expect, test } from "vitest";
import { readEvent } from "../../ingest/contracts/read.ts";
import { iso } from "../../ingest/demo/clock.ts";
import { DEMO } from "../../ingest/demo/story.ts";
import { regionPack } from "../../ingest/regions/load.ts";
import { tellAll } from "./telling.ts";

const SMALL = { ordersPerDay: 60, historyDays: 3 };
const events = tellAll({ ordersPerDay: 150 });
const regions = regionPack("cn");

test("the same options tell the same week; another seed tells another", () => {
  expect(tellAll(SMALL)).toEqual(tellAll(SMALL));
  expect(tellAll({ ...SMALL, seed: 5 })).not.toEqual(tellAll(SMALL));
});

test("strictly in order of time, within the story, with the time in the event", () => {
  let last = DEMO.weekStart - DEMO.historyDays * 24 * 3600 * 1000;
  for (const { stream, at, event } of events) {
    if (at < last || at >= DEMO.weekEnd) expect.fail(`${iso(at)} after ${iso(last)}`);
    if (stream !== "context" && event.occurredAt !== iso(at)) expect.fail(`${event.occurredAt} told at ${iso(at)}`);
    if (stream === "context" && event.kind === "weather") expect(event.issuedAt).toBe(iso(at));
    last = at;
  }
  expect(events[0]?.at).toBeLessThan(DEMO.weekStart - 20 * 24 * 3600 * 1000);
});

test("every event passes its contract, is one of its kind, and says nothing unknown", () => {
  const ids = new Set<string>();
  for (const { stream, at, event } of events) {
    const read = readEvent(stream, event, at);
    if (read.kind === "reject") expect.fail(`${read.detail}: ${JSON.stringify(event)}`);
    if (Object.keys(read.value.extra).length > 0) expect.fail(`unknown fields: ${JSON.stringify(event)}`);
    ids.add(read.value.eventId);
  }
  expect(ids.size).toBe(events.length);
});

test("every place is in the registry", () => {
  const codes = new Set<string>();
  for (const { event } of events) {
    if ("region" in event && event.region !== undefined) codes.add(event.region);
    if ("origin" in event && event.origin !== undefined) codes.add(event.origin);
  }
  for (const code of codes) expect(regions.get(code), code).toBeDefined();
  expect(codes.size).toBeGreaterThan(250);
});

test("days have a rhythm: evenings are full, nights are empty", () => {
  const hours = events
    .filter(({ event, at }) => event.kind === "placed" && at < DEMO.weekStart)
    .map(({ at }) => Number(iso(at).slice(11, 13)));
  const within = (hour: number) => hours.filter((h) => h === hour).length;
  expect(within(21)).toBeGreaterThan(8 * within(3));
});

test("a story can be moved in time", () => {
  const day = 24 * 3600 * 1000;
  const start = DEMO.weekStart + 100 * day;
  const moved = tellAll({ ...SMALL, start });
  expect(moved[0]?.at).toBeGreaterThanOrEqual(start);
  expect(moved.at(-1)?.at).toBeGreaterThan(start + 9.9 * day);
  expect(moved.at(-1)?.at).toBeLessThan(start + 10 * day);
  const warning = moved.find(({ event }) => event.kind === "weather" && event.hazard === "heavy_rain");
  expect(warning?.at).toBe(DEMO.rain.firstIssued + 103 * day);
});

test.each([
  [{ ordersPerDay: 0 }, /ordersPerDay: expected 10 to 100000, got 0/],
  [{ ordersPerDay: Number.NaN }, /ordersPerDay/],
  [{ historyDays: 1.5 }, /historyDays: expected 1 to 366 whole days, got 1.5/],
  [{ seed: 0.5 }, /seed: expected a whole number/],
  [{ start: DEMO.weekStart + 1 }, /start: expected midnight/],
])("a wrong option is refused: %j", (options, message) => {
  expect(() => tellAll(options)).toThrow(message);
});
