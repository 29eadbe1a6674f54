import fc from "fast-check";
import { expect, test } from "vitest";
import { canonical } from "../../ingest/contracts/canonical.ts";
import { readEvent, readObject } from "../../ingest/contracts/read.ts";
import { iso } from "../../ingest/demo/clock.ts";
import { disturb, type Line, MAX_DELAY } from "../../ingest/demo/disturb.ts";
import type { DemoEvent } from "../../ingest/demo/event.ts";
import { tellAll } from "./telling.ts";

const week = tellAll({ ordersPerDay: 60, historyDays: 3 });

const read = ({ stream, line, at }: Line) => {
  const object = readObject(Buffer.from(line));
  return object.kind === "ok" ? readEvent(stream, object.value, at) : object;
};

test("of a week: about 1 % late, 1 % twice, a handful spoiled, nothing lost", () => {
  const lines = [...disturb(week, { seed: 3, badShare: 0.0005 })];
  const verdicts = lines.map(read);
  const bad = verdicts.filter((verdict) => verdict.kind === "reject");
  const good = verdicts.flatMap((verdict) => (verdict.kind === "ok" ? [verdict.value.eventId] : []));
  const ids = new Set(
    week.map(({ stream, event, at }) => {
      const verdict = readEvent(stream, event, at);
      return verdict.kind === "ok" ? verdict.value.eventId : expect.fail(verdict.detail);
    }),
  );
  expect(new Set(good)).toEqual(ids);
  expect(bad.length).toBeGreaterThan(0);
  expect(bad.length).toBeLessThan(30);
  expect((good.length - ids.size) / ids.size).toBeCloseTo(0.01, 2);
  const sent = new Map(week.map(({ event, at }) => [canonical(event), at]));
  const first = new Map<string, number>();
  for (const { line, at } of lines) {
    const key = line.endsWith("}") ? canonical(JSON.parse(line)) : line;
    if (!first.has(key)) first.set(key, at);
  }
  const delays = [...sent].map(([key, at]) => (first.get(key) ?? Number.NaN) - at);
  expect(delays.filter((ms) => ms > 0).length / delays.length).toBeCloseTo(0.01, 2);
  for (const ms of delays) if (!(ms >= 0 && ms <= MAX_DELAY)) expect.fail(`delay of ${ms} ms`);
});

const clean = fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 }).map((gaps): DemoEvent[] => {
  let at = Date.parse("2025-11-01T00:00:00+08:00");
  return gaps.map((gap, i) => {
    at += gap * 1000;
    return { stream: "orders", at, event: { orderId: `o${i}`, kind: "paid", occurredAt: iso(at) } };
  });
});
const share = fc.double({ min: 0, max: 1, noNaN: true });

test("law: every event arrives as it is, lines come in order of arrival, none before it happened", () => {
  fc.assert(
    fc.property(clean, fc.integer(), share, share, share, (events, seed, lateShare, repeatShare, badShare) => {
      const options = { seed, lateShare, repeatShare, badShare };
      const lines = [...disturb(events, options)];
      expect(lines).toEqual([...disturb(events, options)]);
      const times = lines.map(({ at }) => at);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      const texts = new Set(lines.map(({ line }) => line));
      for (const { event } of events) expect(texts).toContain(JSON.stringify(event));
      for (const line of lines) {
        const verdict = read(line);
        if (verdict.kind !== "ok" || !("occurredAt" in verdict.value)) continue;
        expect(line.at).toBeGreaterThanOrEqual(verdict.value.occurredAt);
      }
    }),
  );
});

test("without shares it is only writing", () => {
  const lines = [...disturb(week, { seed: 1, lateShare: 0, repeatShare: 0, badShare: 0 })];
  expect(lines).toEqual(week.map(({ stream, at, event }) => ({ stream, at, line: JSON.stringify(event) })));
});

test("all that is spoiled is refused, for many reasons", () => {
  const lines = [...disturb(week.slice(0, 4000), { seed: 1, lateShare: 0, repeatShare: 0, badShare: 0.5 })];
  const known = new Set(week.map(({ event }) => JSON.stringify(event)));
  const reasons = lines
    .filter(({ line }) => !known.has(line))
    .map((line) => {
      const verdict = read(line);
      return verdict.kind === "reject" ? verdict.reason : expect.fail(line.line);
    });
  expect(new Set(reasons)).toEqual(new Set(["not_json", "not_an_object", "invalid", "time_too_old", "time_in_future"]));
});

test.each([{ lateShare: -0.1 }, { repeatShare: 1.1 }, { badShare: Number.NaN }])("refuses %j", (shares) => {
  expect(() => [...disturb([], { seed: 1, ...shares })]).toThrow(/expected a share from 0 to 1/);
});
