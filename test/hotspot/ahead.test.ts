import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DueAhead } from "../../forecasting/promise/due-ahead.ts";
import { Oracle } from "../../forecasting/promise/oracle.ts";
import { type AheadRow, AheadWatch } from "../../processors/hotspot/ahead.ts";
import type { Judgement } from "../../processors/hotspot/judge.ts";
import { hotspotPolicy } from "../../processors/hotspot/policy.ts";
import { DAY, START, world } from "../promise/world.ts";

const policy = hotspotPolicy.parse({});
const top = () => undefined;
const heard = () => false;

/** Rows of a quiet shop of several regions, `days` of them, whose predicted share is multiplied by `factor`. */
function rowsOf(
  days: number,
  regions: readonly string[],
  due: number,
  factor: (day: number, region: string) => number,
) {
  const rows: AheadRow[] = [];
  for (let day = 0; day < days; day++) {
    for (const [i, region] of regions.entries()) {
      const wave = 1 + 0.1 * Math.sin(day + i);
      for (let ahead = 0; ahead < 14; ahead++) {
        const predicted = due * 0.1 * wave * factor(day, region);
        rows.push({ at: day * DAY, region, days: ahead, due, open: due, predicted });
      }
    }
  }
  return rows;
}

interface Course {
  readonly silent?: (from: number, to: number) => boolean;
  readonly above?: (region: string) => string | undefined;
  /** Days at which the process is started anew. */
  readonly restarts?: readonly number[];
}

/** Judges day after day; an alarm opens an incident that lasts as long as it alarms. */
function run(rows: readonly AheadRow[], { silent = heard, above = top, restarts = [] }: Course = {}): Judgement[] {
  let watch = new AheadWatch(policy, above);
  const open = new Set<string>();
  const found: Judgement[] = [];
  const days = Math.max(...rows.map(({ at }) => at / DAY));
  for (let day = 0; day <= days; day++) {
    if (restarts.includes(day)) {
      watch = new AheadWatch(policy, above, structuredClone(watch.keep()));
      watch.take(rows.filter(({ at }) => at < day * DAY && at >= (day - 92) * DAY));
    }
    watch.take(rows.filter(({ at }) => at === day * DAY));
    const judged = watch.judge(day * 24, silent, (_, region) => open.has(region));
    for (const { value, alarm } of judged) alarm ? open.add(value) : open.delete(value);
    found.push(...judged);
  }
  return found;
}
const alarms = (found: readonly Judgement[]) =>
  found.filter(({ alarm }) => alarm).map(({ tick, value }) => `${tick / 24} ${value}`);
const REGIONS = ["A", "B", "C", "D", "E", "F"];

describe("what promises of the coming days look like", () => {
  test("a region whose orders are predicted late three times as often as usual alarms, and no other", () => {
    const rows = rowsOf(70, REGIONS, 20, (day, region) => (region === "B" && day >= 60 ? 3 : 1));
    const found = run(rows);
    expect(alarms(found)).toContain("60 B");
    expect(new Set(alarms(found).map((one) => one.slice(-1)))).toEqual(new Set(["B"]));
    const first = found.find(({ alarm }) => alarm);
    expect(first?.ahead).toEqual({ due: 280, open: 280, by: 74 * DAY });
    expect(first?.expected).toBeGreaterThan(20);
    expect(first?.upper).toBeLessThan(first?.observed ?? 0);
  });

  test("volume alone never does, nor a rise among a handful", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 50 }), (times) => {
        const busy = rowsOf(70, REGIONS, 20, () => 1).map((row) =>
          row.at >= 60 * DAY ? { ...row, due: row.due * times, predicted: row.predicted * times } : row,
        );
        expect(alarms(run(busy))).toEqual([]);
      }),
      { numRuns: 10 },
    );
    const few = rowsOf(70, REGIONS, 0.5, (day) => (day >= 60 ? 5 : 1));
    expect(alarms(run(few))).toEqual([]);
  });

  test("a rise that hits all is believed of each where it would be doubted of one", () => {
    const rise = 1.9;
    const one = rowsOf(61, REGIONS, 6, (day, region) => (region === "A" && day === 60 ? rise : 1));
    const all = rowsOf(61, REGIONS, 6, (day, region) => (day === 60 ? (region === "A" ? rise : 4) : 1));
    expect(alarms(run(one))).toEqual([]);
    expect(alarms(run(all))).toEqual(REGIONS.map((region) => `60 ${region}`));
  });

  test("while nothing is heard of, nothing is said, and it teaches nothing", () => {
    const gap = (day: number) => day >= 55 && day < 60;
    const rows = rowsOf(70, REGIONS, 20, (day) => (gap(day) ? 6 : 1));
    const silent = (from: number) => gap(Math.floor(from / 24) + 1);
    expect(alarms(run(rows)).length).toBeGreaterThan(0);
    expect(alarms(run(rows, { silent }))).toEqual([]);
  });

  test("regions count in the one at the top that they lie in", () => {
    const rows = rowsOf(70, REGIONS, 20, (day) => (day >= 60 ? 3 : 1));
    const found = run(rows, { above: (region) => (region === "ALL" ? undefined : "ALL") });
    expect(alarms(found)).toContain("60 ALL");
    expect(new Set(found.map(({ value }) => value))).toEqual(new Set(["ALL"]));
  });

  test("a process that is started anew at any days says the same", () => {
    const rows = rowsOf(130, REGIONS, 8, (day, region) => (region < "D" && day % 50 > 40 ? 2.5 : 1));
    const whole = run(rows);
    expect(alarms(whole).length).toBeGreaterThan(3);
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 129 }), { maxLength: 12 }), (restarts) => {
        expect(run(rows, { restarts })).toEqual(whole);
      }),
      { numRuns: 5 },
    );
  });
});

describe("in a shop whose truth is known", () => {
  const facts = world(200, 60, 7);
  /** Days of the world. */
  const jam = 0.6 * 200;
  /** What is due as the oracle tells it, and when the promises of orders to a region broke. */
  function tell() {
    const rows: AheadRow[] = [];
    const broken: number[] = [];
    const oracle = new Oracle(
      { holiday: () => false, relearn: 14 * DAY },
      {
        onLook() {},
        onPromise: (course, at, kept) => {
          if (!kept && course.destination === "S" && course.placed >= START + jam * DAY)
            broken.push((at - START) / DAY);
        },
        onChange() {},
        onModel() {},
        onDay: (at, ahead) => {
          rows.push(...ahead.map((row: DueAhead) => ({ at, ...row })));
        },
      },
    );
    for (const fact of facts) oracle.tell(fact);
    oracle.pass((facts.at(-1)?.knownAt ?? 0) + 1);
    return { rows, broken };
  }
  const { rows, broken } = tell();

  test("what is due, and its risks, are those of the orders", () => {
    const at = rows.find((row) => row.at > START + jam * DAY)?.at as number;
    const due = new Map<string, { at: number; to: string; promised: number }>();
    const over = new Set<string>();
    for (const { orderId, kind, destination, promisedBy, knownAt } of facts) {
      if (knownAt >= at) break;
      if (kind === "placed") due.set(orderId, { at: knownAt, to: destination, promised: promisedBy as number });
      if (kind === "delivered") over.add(orderId);
    }
    for (const { region, days, due: n, open, predicted } of rows.filter((row) => row.at === at && row.days < 7)) {
      // Within a week of its promise every order was looked at, unless it had arrived before its first look.
      const all = [...due].filter(
        ([, { to, promised }]) => to === region && Math.floor((promised - at) / DAY) === days,
      );
      expect(open).toBe(all.filter(([id]) => !over.has(id)).length);
      expect(n).toBeGreaterThanOrEqual(open);
      expect(n).toBeLessThanOrEqual(all.length);
      expect(predicted).toBeLessThanOrEqual(open);
    }
  });

  test("the south alarms before a tenth of the promises of the jam break, and the north never", () => {
    const found = alarms(run(rows.map((row) => ({ ...row, at: row.at - START }))));
    const first = Number(found[0]?.split(" ")[0]);
    broken.sort((a, b) => a - b);
    expect(first).toBeGreaterThan(jam);
    expect(first).toBeLessThan(broken[Math.floor(broken.length / 10)] as number);
    expect(new Set(found.map((one) => one.split(" ")[1]))).toEqual(new Set(["S"]));
  });
});
