import { DAYS_AHEAD, PLAN_DRIVERS } from "../../forecasting/plan/calendar.ts";
import type { SeriesFit } from "../../forecasting/plan/fit.ts";
import type { PlanRequest } from "../../forecasting/plan/plan.ts";
import { addBack, type Prevented, preventedBy } from "../../forecasting/plan/prevented.ts";
import type { PlanSeries } from "../../forecasting/plan/series.ts";
import type { Family } from "../../forecasting/plan/together.ts";
import type { Announced } from "./announced.ts";
import { type Facts, SHAPE_DAYS } from "./facts.ts";
import type { PredictPolicy } from "./policy.ts";
import { DAY_MS } from "./time.ts";

/** Stages parcels are counted in, with the crossings in and out. */
const STAGES = [
  ["packing", "placed", "packed"],
  ["pickup", "packed", "picked_up"],
  ["transit", "picked_up", "out_for_delivery"],
  ["delivery", "out_for_delivery", "over"],
] as const;

/** Whole days a measure must have been known for before it is forecast. */
const LEAST_DAYS = 4;
const REST = "*";

export interface World {
  readonly facts: Facts;
  readonly announced: Announced;
  readonly policy: PredictPolicy;
  readonly holiday: (day: number) => boolean;
}

/** What stands alone, as decided when it was last learned: the same series until the next time. */
export interface Members {
  readonly orders: readonly string[];
  readonly complaints: readonly string[];
  readonly types: readonly string[];
}

/** Regions and types large enough to stand alone at the start of a day, largest first. */
export function membersAt({ facts, policy }: World, day: number): Members {
  const standing = (prefix: string, most: number): string[] =>
    [...facts.keys()]
      .filter((key) => key.startsWith(prefix) && key.length > prefix.length)
      .map((key) => ({ value: key.slice(prefix.length), n: sum(facts.days(key, day - SHAPE_DAYS, day)) }))
      .filter(({ n }) => n >= policy.enough)
      .sort((a, b) => b.n - a.n || (a.value < b.value ? -1 : 1))
      .slice(0, most)
      .map(({ value }) => value);
  return {
    orders: standing("placed|region|", policy.regions),
    complaints: standing("complaints|region|", policy.regions),
    types: standing("complaints|type|", policy.regions),
  };
}

/** Everything that is forecast at the start of a day, from what was known by then. */
export function requestAt(
  world: World,
  day: number,
  members: Members,
  fits: Readonly<Record<string, SeriesFit>>,
  relearn: boolean,
): PlanRequest {
  const { facts, policy } = world;
  const series: PlanSeries[] = [];
  const families: Family[] = [];
  const hours: Record<string, Float64Array> = {};
  const oldest = day - Math.floor(policy.memory / DAY_MS);
  // Series of one place and start share their drivers.
  const known = new Map<string, readonly Float64Array[]>();
  const valuesOf = (first: number, region: string | undefined): readonly Float64Array[] => {
    const name = `${first}|${region ?? ""}`;
    const values = known.get(name) ?? driverValues(world, first, day, region);
    known.set(name, values);
    return values;
  };

  const measure = (
    name: "orders" | "complaints",
    key: string,
    regions: readonly string[],
    types: readonly string[],
  ) => {
    // The first day is not a whole one.
    const first = Math.max(oldest, facts.firstDay(key) + 1);
    if (day - first < LEAST_DAYS || sum(facts.days(key, day - SHAPE_DAYS, day)) < policy.enough) return;
    const at = (suffix: string, dimension?: string) =>
      dimension === undefined ? key : `${key}|${dimension}|${suffix}`;
    const counts = (suffix: string, dimension?: string) => {
      const raw = facts.days(at(suffix, dimension), first, day);
      return name === "orders" ? raw : addBack(raw, preventedAt(world, first, day, suffix, dimension));
    };
    const add = (suffix: string, dimension: string | undefined, y: Float64Array) => {
      const own = dimension === "region" && suffix !== REST ? suffix : undefined;
      series.push({
        name: dimension === undefined ? name : `${name}|${dimension}|${suffix}`,
        first,
        y,
        drivers: PLAN_DRIVERS[name],
        values: valuesOf(first, own),
        borrows: dimension === undefined ? undefined : name,
      });
    };
    const whole = counts("");
    add("", undefined, whole);
    hours[name] = facts.hours(key, shapeFrom(first, day), day);
    const divide = (dimension: string, values: readonly string[], hourly: number) => {
      if (values.length === 0) return;
      const rest = whole.slice();
      const parts = values.map((value, k) => {
        const y = counts(value, dimension);
        y.forEach((n, i) => {
          rest[i] = Math.max(0, (rest[i] as number) - n);
        });
        add(value, dimension, y);
        if (k < hourly)
          hours[`${name}|${dimension}|${value}`] = facts.hours(at(value, dimension), shapeFrom(first, day), day);
        return `${name}|${dimension}|${value}`;
      });
      if (sum(rest) >= 1) {
        add(REST, dimension, rest);
        parts.push(`${name}|${dimension}|${REST}`);
      }
      families.push({ whole: name, parts });
    };
    divide("region", regions, HOURLY_REGIONS);
    divide("type", types, types.length);
  };

  measure("orders", "placed", members.orders, []);
  measure("complaints", "complaints", members.complaints, members.types);
  stages(world, day, oldest, series, families);
  return { series, hours, families, fits, relearn };
}

/** Regions that are also forecast by the hour. */
const HOURLY_REGIONS = 5;
const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);
const shapeFrom = (first: number, day: number): number => Math.max(first, day - SHAPE_DAYS);

function stages(
  { facts, policy, ...world }: World,
  day: number,
  oldest: number,
  series: PlanSeries[],
  families: Family[],
) {
  const start = facts.firstDay("placed");
  const first = Math.max(oldest, start + 1);
  if (day - first < LEAST_DAYS || sum(facts.days("placed", day - SHAPE_DAYS, day)) < policy.enough) return;
  const values = driverValues({ facts, policy, ...world }, first, day, undefined);
  const stock = (into: string, out: string) => stockOf(facts, into, out, start, first, day);
  const all = stock("placed", "over");
  const add = (name: string, y: Float64Array, borrows?: string) =>
    series.push({ name, first, y, drivers: PLAN_DRIVERS.parcels, values, borrows });
  add("parcels", all);
  const parts = STAGES.flatMap(([stage, into, out]) => {
    const y = stock(into, out);
    // A stage nobody reports has no parcels in it.
    if (sum(y) < 1) return [];
    add(`parcels|stage|${stage}`, y, "parcels");
    return [`parcels|stage|${stage}`];
  });
  if (parts.length > 0) families.push({ whole: "parcels", parts });
}

/** What came on a day in a series, as far as it is counted: one number. Undefined for what is gathered in `*`. */
export function actualDay(world: World, series: string, day: number): number | undefined {
  const [name = "", dimension, value = ""] = series.split("|");
  const { facts } = world;
  if (value === REST) return undefined;
  if (name === "parcels") {
    const [, into, out] = STAGES.find(([stage]) => stage === value) ?? ["", "placed", "over"];
    return stockOf(facts, into, out, facts.firstDay("placed"), day, day + 1)[0];
  }
  const key = name === "orders" ? "placed" : "complaints";
  const raw = facts.days(dimension === undefined ? key : `${key}|${dimension}|${value}`, day, day + 1)[0] as number;
  return raw + preventedOn(world, series, day);
}

/** Complaints that would have come on a day had nobody acted. */
export function preventedOn(world: World, series: string, day: number): number {
  const [name, dimension, value = ""] = series.split("|");
  if (name !== "complaints") return 0;
  return preventedAt(world, day - 7, day + 1, value, dimension).expected[7] as number;
}

/** Parcels that are past one crossing and not past another, at the end of each of the days [first, day). */
function stockOf(facts: Facts, into: string, out: string, start: number, first: number, day: number): Float64Array {
  const [more, less] = [facts.days(into, start, day), facts.days(out, start, day)];
  let stock = 0;
  const stocks = more.map((n, i) => {
    stock += n - (less[i] as number);
    return Math.max(0, stock);
  });
  return stocks.slice(first - start);
}

/** Complaints that actions prevented; of a type in proportion to its share. */
function preventedAt(
  { facts, policy }: World,
  first: number,
  day: number,
  suffix: string,
  dimension?: string,
): Prevented {
  const actions = facts.days(dimension === "region" ? `actions|region|${suffix}` : "actions", first, day);
  const prevented = preventedBy(actions, policy.prevented);
  if (dimension !== "type") return prevented;
  const share =
    sum(facts.days(`complaints|type|${suffix}`, day - SHAPE_DAYS, day)) /
    Math.max(1, sum(facts.days("complaints", day - SHAPE_DAYS, day)));
  return { expected: prevented.expected.map((n) => n * share), sd: prevented.sd.map((s) => s * share) };
}

/** Values of the drivers from the first day to the last one ahead; of all places together without a region. */
function driverValues(world: World, first: number, day: number, region: string | undefined): Float64Array[] {
  const { announced, holiday } = world;
  const length = day - first + DAYS_AHEAD;
  const values = PLAN_DRIVERS.orders.map(() => new Float64Array(length));
  const shares = region === undefined ? regionShares(world, day) : [[region, 1] as const];
  const rough = (at: number, place: string) => announced.weather(at, place)[0];
  for (let i = 0; i < length; i++) {
    const at = first + i;
    announced.promotions(at, region).forEach((v, k) => {
      (values[k] as Float64Array)[i] = v;
    });
    (values[8] as Float64Array)[i] = holiday(at) ? 1 : 0;
    if (announced.calm()) continue;
    for (const [place, share] of shares) {
      const [isRough, isSevere] = announced.weather(at, place);
      const before = (rough(at - 1, place) + rough(at - 2, place) + rough(at - 3, place)) / 3;
      [isRough, isSevere, before].forEach((v, k) => {
        const column = values[4 + k] as Float64Array;
        column[i] = (column[i] as number) + share * v;
      });
    }
  }
  (values[7] as Float64Array).set(backlog(world, first, day, region));
  return values;
}

/** Regions by their share of recent orders. */
function regionShares({ facts }: World, day: number): (readonly [string, number])[] {
  const prefix = "placed|region|";
  const found = [...facts.keys()]
    .filter((key) => key.startsWith(prefix) && key.length > prefix.length)
    .sort()
    .map((key) => [key.slice(prefix.length), sum(facts.days(key, day - SHAPE_DAYS, day))] as const);
  const total = found.reduce((s, [, n]) => s + n, 0);
  return total > 0 ? found.map(([region, n]) => [region, n / total]) : [];
}

const FADES = 0.85;

/**
 * Log of the days of work that lie open when a day begins, against the mean of the four weeks before; what is open
 * today fades on the days ahead. A day's work is the region's capacity where somebody said it, else what was usual.
 */
function backlog({ facts, announced }: World, first: number, day: number, region: string | undefined): Float64Array {
  const result = new Float64Array(day - first + DAYS_AHEAD);
  const key = (measure: string) => (region === undefined ? measure : `${measure}|region|${region}`);
  const start = Math.min(facts.firstDay(key("placed")), first);
  const stock = stockOf(facts, key("placed"), key("over"), start, start, day);
  const done = facts.days(key("over"), start, day);
  const load = new Float64Array(stock.length + 1);
  let work = 0;
  for (let i = 1; i < load.length; i++) {
    work += ((done[i - 1] as number) - work) / Math.min(i, SHAPE_DAYS);
    const said = region === undefined ? undefined : announced.capacity(start + i, region);
    load[i] = ((stock[i - 1] as number) + 5) / (Math.max(said ?? work, work / 10) + 5);
  }
  for (let i = Math.max(1, first - start); i < load.length; i++) {
    const past = load.subarray(Math.max(1, i - SHAPE_DAYS), i);
    if (past.length < 7) continue;
    const usual = sum(past) / past.length;
    const at = start + i - first;
    if (at >= 0) result[at] = Math.max(-2, Math.min(2, Math.log((load[i] as number) / usual)));
  }
  const now = result[day - first] as number;
  for (let h = 1; h < DAYS_AHEAD; h++) result[day - first + h] = now * FADES ** h;
  return result;
}
