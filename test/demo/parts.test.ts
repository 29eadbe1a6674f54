import fc from "fast-check";
import { expect, test } from "vitest";
import { agenda } from "../../ingest/demo/agenda.ts";
import { agents } from "../../ingest/demo/agents.ts";
import { HOUR, hourOfDay, iso, MINUTE, nextHour, nextOpen, startOfDay, weekday } from "../../ingest/demo/clock.ts";
import { network, shortName } from "../../ingest/demo/network.ts";
import { lognormal, poisson, random, weighted } from "../../ingest/demo/random.ts";
import { regionPack } from "../../ingest/regions/load.ts";

const time = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2099, 0) }).map((ms) => Math.floor(ms / 1000) * 1000);

test("clock: a time is written as it is read, on Chinese time", () => {
  expect(iso(Date.UTC(2025, 10, 10, 16, 0, 5))).toBe("2025-11-11T00:00:05+08:00");
  expect(weekday(Date.parse("2025-11-10T00:00:00+08:00"))).toBe(0);
  expect(weekday(Date.parse("2025-11-16T23:59:59+08:00"))).toBe(6);
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 23 }), (at, hour) => {
      expect(Date.parse(iso(at))).toBe(at);
      expect(iso(startOfDay(at)).slice(0, 19)).toBe(`${iso(at).slice(0, 10)}T00:00:00`);
      const next = nextHour(at, hour);
      expect(hourOfDay(next)).toBe(hour);
      expect(next >= at && next < at + 24 * HOUR).toBe(true);
      expect(hourOfDay(nextOpen(at, 9, 22))).toSatisfy((h: number) => h >= 9 && h < 22);
    }),
  );
});

test("agenda: in order of time, ties in order of planning, also what is planned on the way", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(20), fc.nat(20))), (plans) => {
      const plan = agenda();
      const ran: [number, number][] = [];
      for (const [i, [first, later]] of plans.entries()) {
        plan.at(first * 1000, (now) => {
          ran.push([now, i]);
          plan.at(now + later * 1000, (then) => void ran.push([then, plans.length]));
        });
      }
      while (plan.next() !== undefined);
      expect(ran).toHaveLength(2 * plans.length);
      for (const [i, [now, which]] of ran.entries()) {
        const [before, earlier] = ran[i - 1] ?? [0, -1];
        expect(now).toBeGreaterThanOrEqual(before);
        if (now === before && which < plans.length && earlier < plans.length) expect(which).toBeGreaterThan(earlier);
      }
    }),
  );
});

test("random: means, medians and shares are as asked", () => {
  const r = random(1);
  const many = <T>(draw: () => T) => Array.from({ length: 20_000 }, draw);
  const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
  for (const lambda of [0.5, 6, 80]) {
    const counts = many(() => poisson(r, lambda));
    expect(Math.abs(mean(counts) / lambda - 1)).toBeLessThan(0.03);
    expect(Math.abs(mean(counts.map((n) => (n - lambda) ** 2)) / lambda - 1)).toBeLessThan(0.06);
  }
  expect(mean(many(() => (lognormal(r, 5, 0.7) < 5 ? 1 : 0)))).toBeCloseTo(0.5, 1);
  const draw = weighted(["a", "b", "c"], (_, i) => [1, 0, 3][i] ?? 0);
  const drawn = many(() => draw(r));
  expect(drawn.filter((x) => x === "c").length / drawn.length).toBeCloseTo(0.75, 1);
  expect(drawn).not.toContain("b");
});

test("agents: an empty desk answers soon, a full one in turn, a closed one in the morning", () => {
  const desk = agents(550);
  const r = random(2);
  const noon = Date.parse("2025-11-12T12:00:00+08:00");
  const answers = Array.from({ length: 100 }, () => desk(noon, r).at);
  expect((answers[0] ?? 0) - noon).toBeLessThan(10 * MINUTE);
  expect((answers[99] ?? 0) - noon).toBeGreaterThan(2 * HOUR);
  const night = noon + 36 * HOUR;
  expect(iso(desk(night, r).at)).toMatch(/^2025-11-14T09:/);
});

test("lanes: one road more than yards, not shorter than the crow flies, at most three yards", () => {
  const regions = regionPack("cn");
  const lane = network(regions);
  const cities = regions.atLevel(2).filter(({ population }) => population > 3_000_000);
  const city = fc.constantFrom(...cities.map(({ code }) => code));
  fc.assert(
    fc.property(city, city, (from, to) => {
      const { hubs, legs, km } = lane(from, to);
      expect(legs).toHaveLength(hubs.length + 1);
      expect(hubs.length).toBeLessThanOrEqual(3);
      expect(new Set(hubs).size).toBe(hubs.length);
      expect(km).toBeGreaterThanOrEqual(1.25 * (regions.distanceKm(from, to) ?? 0) - 1e-6);
    }),
  );
  expect(lane("440300", "110000").hubs.map(({ city: at }) => at)).toEqual(["440100", "420100", "110000"]);
  expect(lane("440300", "440300").hubs).toEqual([]);
});

test.each([
  ["武汉市", "武汉"],
  ["恩施土家族苗族自治州", "恩施"],
  ["博尔塔拉蒙古自治州", "博尔塔拉"],
  ["喀什地区", "喀什"],
  ["神农架林区", "神农架"],
  ["保亭黎族苗族自治县", "保亭"],
])("short name of %s", (name, short) => {
  expect(shortName(name)).toBe(short);
});
