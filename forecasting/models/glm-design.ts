import { DAY, type Panel, timeOf, weekday, yearPhase } from "../series/panel.ts";
import { laggedMean, tame } from "./features.ts";

export type Shape = {
  /** Thresholds: hinges at the thirds of every driver besides the straight line. */
  readonly hinges: boolean;
  /** Longest lag, in moments, whose mean is added for every driver; 0 for none. */
  readonly lag: number;
  /** Pairs of yearly waves. */
  readonly waves: number;
};

export type Term = "level" | "trend" | "season" | "week" | "flag" | "driver";

export type Design = {
  /** Row-major rows x p. */
  readonly x: Float64Array;
  readonly rows: number;
  readonly p: number;
  readonly names: readonly string[];
  readonly terms: readonly Term[];
};

/** How fast a trend ahead of the data flattens: its slope falls to half in a season of about two months. */
const DAMPING_DAYS = 90;

/**
 * Design of a log-linear model at an origin: intercept, trend (damped after the origin), yearly waves, place in the
 * week, flags, drivers with thresholds and lags. Rows 0 .. origin + horizon - 1.
 */
export function glmDesign(panel: Panel, g: number, origin: number, horizon: number, shape: Shape): Design {
  const rows = origin + horizon;
  const group = panel.groups[g];
  if (!group) throw new RangeError(`group ${g}: expected one of ${panel.groups.length}`);
  const names: string[] = [];
  const terms: Term[] = [];
  const columns: Float64Array[] = [];
  const add = (name: string, term: Term, values: Float64Array) => {
    names.push(name);
    terms.push(term);
    columns.push(values);
  };
  const fromIndex = (f: (i: number) => number) => Float64Array.from({ length: rows }, (_, i) => f(i));
  add("level", "level", new Float64Array(rows).fill(1));
  const perYear = (365.2425 * DAY) / panel.step;
  const keep = Math.exp(-panel.step / (DAMPING_DAYS * DAY));
  add(
    "trend",
    "trend",
    fromIndex((i) => (i < origin ? i - origin : (1 - keep ** (i - origin + 1)) / (1 - keep) - 1) / perYear),
  );
  // Waves need most of a year to be told from a trend.
  const waves = origin > 0.8 * perYear ? shape.waves : origin > 0.4 * perYear ? 1 : 0;
  for (let k = 1; k <= waves; k++) {
    add(
      `year sin ${k}`,
      "season",
      fromIndex((i) => Math.sin(2 * Math.PI * k * yearPhase(timeOf(panel, i)))),
    );
    add(
      `year cos ${k}`,
      "season",
      fromIndex((i) => Math.cos(2 * Math.PI * k * yearPhase(timeOf(panel, i)))),
    );
  }
  if (panel.step <= DAY) {
    for (let d = 1; d < 7; d++)
      add(
        `weekday ${d}`,
        "week",
        fromIndex((i) => (weekday(timeOf(panel, i)) === d ? 1 : 0)),
      );
  }
  if (panel.step < DAY) {
    const hour = (i: number) => new Date(timeOf(panel, i)).getUTCHours();
    for (let h = 1; h < 24; h++)
      add(
        `hour ${h}`,
        "week",
        fromIndex((i) => (hour(i) === h ? 1 : 0)),
      );
    const rest = (i: number) => [0, 6].includes(weekday(timeOf(panel, i)));
    for (let h = 3; h < 24; h += 3)
      add(
        `weekend hour ${h}`,
        "week",
        fromIndex((i) => (rest(i) && Math.floor(hour(i) / 3) * 3 === h ? 1 : 0)),
      );
  }
  panel.drivers.forEach((driver, k) => {
    const values = group.drivers[k] as Float64Array;
    if (driver.kind === "flag") {
      if (values.subarray(0, origin).some((v) => v > 0)) add(driver.name, "flag", values);
      return;
    }
    const tamed = tame(values, origin);
    add(driver.name, "driver", tamed);
    if (shape.hinges) {
      const sorted = tamed.slice(0, origin).sort();
      for (const share of [0.15, 0.5, 0.85]) {
        const knot = sorted[Math.floor(share * (origin - 1))] as number;
        add(
          `${driver.name} over ${share}`,
          "driver",
          tamed.map((v) => Math.max(0, v - knot)),
        );
      }
    }
    if (shape.lag > 0) add(`${driver.name} before`, "driver", laggedMean(tamed, 1, shape.lag));
  });
  const p = columns.length;
  const x = new Float64Array(rows * p);
  columns.forEach((column, j) => {
    for (let i = 0; i < rows; i++) x[i * p + j] = column[i] as number;
  });
  return { x, rows, p, names, terms };
}

/**
 * Slow terms are held harder: errors a season long hang together, so hundreds of days say little more about a trend
 * or a wave than a handful of independent ones would.
 */
const SLOW = 80;

/** Ridge per column: the level is free, waves and drivers are held by their unit deviation, rare flags by their size. */
export function ridgePenalty(design: Design, origin: number, strength: number): Float64Array {
  const { x, p, terms } = design;
  const penalty = new Float64Array(p);
  for (let j = 0; j < p; j++) {
    if (terms[j] === "level") continue;
    const slow = terms[j] === "trend" || terms[j] === "season" ? SLOW : 1;
    // A flag is worth the same whether it was set once or a hundred times: its penalty does not scale with its variance.
    if (terms[j] === "flag" || terms[j] === "week") {
      penalty[j] = strength;
      continue;
    }
    let mean = 0;
    let square = 0;
    for (let i = 0; i < origin; i++) mean += (x[i * p + j] as number) / origin;
    for (let i = 0; i < origin; i++) square += ((x[i * p + j] as number) - mean) ** 2 / origin;
    penalty[j] = slow * strength * Math.max(square, 0.02);
  }
  return penalty;
}
