import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planHere } from "../../forecasting/plan/plan.ts";
import type { Store } from "../../infra/store/port.ts";
import { createPredict } from "../../processors/predict/follower.ts";
import { predictPolicy } from "../../processors/predict/policy.ts";
import { openTestStore, windows } from "../deliver/support.ts";
import { DAY, type Fact, HOUR, promotion, START, world } from "./world.ts";

const ABOVE: Record<string, string> = { wuhan: "hubei", yichang: "hubei" };
const FACTS = ["complaint_events", "order_events", "context_events", "actions"];
const SAID = ["forecast_issues", "forecast_fits", "forecast_scores", "forecast_spikes", "warning_changes"];
const DAYS = 14;
const END = START + DAYS * DAY + HOUR;
type Row = Record<string, unknown>;
type Said = Record<string, Row[]>;

describe("forecasts from stored facts", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
    await store.command("SYSTEM STOP MERGES");
  });
  afterAll(() => place.close());

  /** Works through the days in steps, each of which sees only what was known before its end; with a restart at each. */
  async function run(
    facts: readonly Fact[],
    cuts: readonly number[],
    options: {
      pieces?: (facts: Fact[]) => Fact[][];
      policy?: object;
      restart?: boolean;
      end?: number;
      utcOffset?: number;
    } = {},
  ): Promise<Said> {
    const { pieces = (all) => [all], policy = {}, restart = true, end = END, utcOffset = 8 } = options;
    for (const table of [...FACTS, ...SAID]) await store.command(`TRUNCATE TABLE ${table}`);
    const create = () =>
      createPredict({
        store,
        policy: predictPolicy.parse(policy),
        above: (region) => ABOVE[region],
        utcOffset,
        planner: planHere(),
        holiday: (day) => day % 9 === 0,
      });
    let follower = create();
    let [stored, state] = [Number.NEGATIVE_INFINITY, ""];
    for (const window of windows(START - DAY, end, cuts)) {
      const fresh = facts.filter(({ known }) => known >= stored && known < window.to);
      for (const piece of pieces(fresh)) {
        for (const table of FACTS) {
          const rows = piece.filter((fact) => fact.table === table).map(({ row }) => row);
          if (rows.length > 0) await store.insert(table, rows);
        }
      }
      if (restart || stored === Number.NEGATIVE_INFINITY) {
        follower = create();
        await follower.start(stored === Number.NEGATIVE_INFINITY ? 0 : window.from, state);
      }
      stored = window.to;
      state = (await follower.step(window)) ?? "";
    }
    const said: Said = { state: state === "" ? [] : [JSON.parse(state) as Row] };
    for (const table of SAID) said[table] = await store.query<Row>(`SELECT * FROM ${table} FINAL ORDER BY ALL`);
    return said;
  }

  const at = (row: Row, column: string) => Date.parse(`${String(row[column]).replace(" ", "T")}Z`);

  test("at the start of every day: orders, stages, complaints by region and type, 35 days and 72 hours ahead", async () => {
    const said = await run(world(1, { days: DAYS }), []);
    const issues = said.forecast_issues ?? [];
    const last = issues.filter((row) => at(row, "issued_at") === START + DAYS * DAY);
    const names = [...new Set(last.map(({ series }) => String(series)))].sort();
    expect(names).toEqual([
      "complaints",
      "complaints|region|*",
      "complaints|region|hubei",
      "complaints|region|xian",
      "complaints|type|*",
      "complaints|type|damaged",
      "complaints|type|late",
      "orders",
      "orders|region|*",
      "orders|region|hubei",
      "orders|region|xian",
      "parcels",
      "parcels|stage|delivery",
      "parcels|stage|packing",
      "parcels|stage|transit",
    ]);
    for (const row of last) {
      const [mean, quantiles] = [row.mean as number[], row.quantiles as number[][]];
      const n = row.step === "day" ? 35 : 72;
      expect([mean.length, (row.moments as string[]).length]).toEqual([n, n]);
      for (let i = 0; i < n; i++) {
        for (let l = 1; l < 9; l++) {
          expect(quantiles[l]?.[i]).toBeGreaterThanOrEqual(quantiles[l - 1]?.[i] as number);
        }
      }
    }
    // Parts add up to their whole, and hours to their day, to the digits that are kept.
    const daily = new Map(last.filter(({ step }) => step === "day").map((row) => [row.series, row.mean as number[]]));
    const adds = (whole: string, part: RegExp) => {
      const parts = [...daily].filter(([name]) => part.test(String(name)));
      expect(parts.length).toBeGreaterThan(1);
      for (let h = 0; h < 35; h++) {
        const sum = parts.reduce((s, [, mean]) => s + (mean[h] as number), 0);
        expect(sum / (daily.get(whole)?.[h] as number)).toBeCloseTo(1, 3);
      }
    };
    adds("complaints", /^complaints\|region/);
    adds("complaints", /^complaints\|type/);
    adds("orders", /^orders\|region/);
    adds("parcels", /^parcels\|stage/);
    const hours = last.find(({ series, step }) => series === "orders" && step === "hour")?.mean as number[];
    expect(hours.slice(0, 24).reduce((a, b) => a + b) / (daily.get("orders")?.[0] as number)).toBeCloseTo(1, 3);
    // About forty complaints and twenty-five orders a day, and nothing unusual to come.
    expect(daily.get("orders")?.[3]).toBeGreaterThan(18);
    expect(daily.get("orders")?.[3]).toBeLessThan(34);
    expect(daily.get("complaints")?.[3]).toBeGreaterThan(28);
    expect(daily.get("complaints")?.[3]).toBeLessThan(52);
  }, 60_000);

  test("what was issued is scored against what came, once it has settled", async () => {
    const facts = world(2, { days: DAYS });
    const said = await run(facts, []);
    const scores = (said.forecast_scores ?? []).filter(
      ({ series, step, lead }) => series === "orders" && step === "day" && lead === 1,
    );
    expect(scores.length).toBeGreaterThan(5);
    for (const score of scores) {
      const from = at(score, "at");
      const known = from + 2 * DAY;
      const placed = facts.filter(
        ({ table, row }) =>
          table === "order_events" &&
          row.kind === "placed" &&
          Number(row.known_at) < known &&
          Number(row.at) >= from &&
          Number(row.at) < from + DAY,
      );
      const issue = said.forecast_issues?.find(
        (row) => row.series === "orders" && row.step === "day" && at(row, "issued_at") === from,
      );
      expect(score.actual).toBe(placed.length);
      expect(issue).toBeDefined();
      expect(score.mean).toBe((issue as { mean: number[] }).mean[0]);
      expect(score.version).toBe(issue?.version);
    }
    const hourly = (said.forecast_scores ?? []).filter(({ step }) => step === "hour");
    expect(hourly.every(({ n }) => n === 24)).toBe(true);
    expect(hourly.length).toBeGreaterThan(0);
  }, 60_000);

  test("any cut of time into steps, with a restart at each or none, ends in the same rows", async () => {
    const cut = fc.integer({ min: START - HOUR, max: END });
    const midnight = cut.map((t) => Math.floor((t - START) / DAY) * DAY + START);
    const cuts = fc.array(fc.oneof(cut, midnight), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), cuts, fc.boolean(), async (seed, times, restart) => {
        const facts = [...world(seed, { days: DAYS }), promotion(START + 4.4 * DAY, 8, 10)];
        const whole = await run(facts, []);
        expect(whole.forecast_scores?.length).toBeGreaterThan(20);
        expect(await run(facts, times, { restart })).toEqual(whole);
      }),
      { numRuns: 4 },
    );
  }, 180_000);

  test("what was known later is in nothing said before, whatever it says of the past", async () => {
    const facts = [...world(5, { days: DAYS }), promotion(START + 9.2 * DAY, 11, 13)];
    const middle = START + 9 * DAY;
    const until = (said: Said) =>
      [...(said.forecast_issues ?? []), ...(said.forecast_spikes ?? [])].filter(
        (row) => at(row, "issued_at") <= middle,
      );
    const all = await run(facts, []);
    const blind = facts.filter(({ known }) => known < middle);
    expect(facts.some(({ known, row }) => known >= middle && Number(row.at) < middle)).toBe(true);
    expect(until(await run(blind, []))).toEqual(until(all));
    expect(until(all).length).toBeGreaterThan(20);
  }, 60_000);

  test("the order in which facts were stored, and telling them again, change nothing", async () => {
    const facts = world(9, { days: 8 });
    const end = START + 8 * DAY + HOUR;
    const once = await run(facts, [], { end });
    const odd = (fact: Fact) => Number(fact.row.offset) % 2 === 1;
    const halves = (all: Fact[]) => [all.filter((fact) => !odd(fact)), all.filter(odd)].reverse();
    expect(await run(facts, [], { end, pieces: halves })).toEqual(once);
    const again = facts.map(({ table, known, row }) => {
      const later = known + 5 * HOUR;
      return { table, known: later, row: { ...row, known_at: later, offset: Number(row.offset) + 100_000 } };
    });
    expect(await run([...again, ...facts], [], { end })).toEqual(once);
  }, 60_000);

  test("an announced promotion raises the forecast, says why, and warns before the day", async () => {
    const calm = world(7, { days: DAYS });
    const policy = { spikes: { perDay: { xian: 22, hubei: 1000 }, warnFrom: 0.3 } };
    const sale = promotion(START + 10.5 * DAY, 16, 18, { uplift: 6 });
    const without = await run(calm, [], { policy });
    const said = await run([...calm, sale], [], { policy });
    const ahead = (s: Said) =>
      s.forecast_issues?.find(
        (row) => row.series === "orders" && row.step === "day" && at(row, "issued_at") === START + 14 * DAY,
      )?.mean as number[];
    expect(ahead(said)[2]).toBeGreaterThan(1.5 * (ahead(without)[2] as number));
    expect(ahead(said)[0]).toBeLessThan(1.3 * (ahead(without)[0] as number));
    const spikes = said.forecast_spikes?.filter(
      (row) =>
        row.region === "xian" && at(row, "issued_at") === START + 14 * DAY && at(row, "day") === START + 18 * DAY,
    );
    expect(spikes).toHaveLength(1);
    expect(Number(spikes?.[0]?.promotion)).toBeGreaterThan(3);
    const warnings = said.warning_changes?.filter(({ kind }) => kind === "spike") ?? [];
    expect(warnings.length).toBeGreaterThan(0);
    for (const warning of warnings.filter(({ change }) => change === "opened")) {
      expect(at(warning, "at")).toBeLessThan(at(warning, "day"));
      expect(warning.region).toBe("xian");
    }
  }, 60_000);

  test("days begin on the clock of the regions, or on the one planners set", async () => {
    const facts = world(3, { days: 5 });
    const end = START + 5 * DAY + HOUR;
    const hours = (said: Said) => [
      ...new Set((said.forecast_issues ?? []).map((row) => new Date(at(row, "issued_at")).getUTCHours())),
    ];
    expect(hours(await run(facts, [], { end, utcOffset: -3 }))).toEqual([3]);
    expect(hours(await run(facts, [], { end, utcOffset: -3, policy: { utcOffset: 1 } }))).toEqual([23]);
  }, 60_000);

  test("without facts nothing is said", async () => {
    const said = await run([], []);
    expect(SAID.flatMap((table) => said[table])).toEqual([]);
  });
});
