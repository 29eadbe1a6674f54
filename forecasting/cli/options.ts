import { type Command, InvalidArgumentError } from "commander";
import { feastDays, flaggedCountry, withFeasts } from "../series/feasts.ts";
import { detectCountry, holidayNames, withHolidays } from "../series/holidays.ts";
import { DAY, isoTime, type Panel, timeOf } from "../series/panel.ts";
import { readPanel } from "../series/read-panel.ts";

export type SeriesOptions = {
  readonly input: string;
  readonly target: string;
  readonly time?: string;
  readonly group?: string;
  readonly drivers?: string;
  readonly known?: string;
  readonly ignore?: string;
  readonly gaps?: "error" | "unknown" | "zero";
  readonly negatives?: "error" | "zero";
  readonly country?: string;
  readonly state?: string;
};

/** An integer >= 1. @throws InvalidArgumentError */
export function positiveInteger(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError("expected an integer >= 1.");
  return n;
}

function gapChoice(text: string): string {
  if (!["error", "unknown", "zero"].includes(text)) throw new InvalidArgumentError("expected error, unknown or zero.");
  return text;
}

function negativeChoice(text: string): string {
  if (!["error", "zero"].includes(text)) throw new InvalidArgumentError("expected error or zero.");
  return text;
}

/** Options that say what the series are; shared by `forecast` and `backtest`. */
export function seriesOptions(command: Command): Command {
  return command
    .requiredOption("--input <file>", "CSV (or .csv.gz) with a header, one row per moment (and group)")
    .requiredOption("--target <column>", "the column to forecast, numbers >= 0; empty in future rows")
    .option("--time <column>", "the column of ISO dates or date-times; found when left out")
    .option("--group <column>", "the column that names the series; without it there is one")
    .option(
      "--drivers <file>",
      "a second CSV of what is known in advance, by the same time (and group) column; with a column `issued`, each row counts from then on",
    )
    .option("--known <columns>", "comma-separated: only these columns are drivers (default: all that can be)")
    .option("--ignore <columns>", "comma-separated: these columns are not drivers")
    .option("--gaps <how>", "moments without a row: error, unknown or zero", gapChoice, "unknown")
    .option("--negatives <how>", "targets below zero: error or zero", negativeChoice, "zero")
    .option(
      "--country <code>",
      "ISO country for holidays, `none`, or `auto` for the one whose holidays show in daily data or are flagged by name in weekly",
      "auto",
    )
    .option("--state <code>", "state or province for holidays");
}

/**
 * Reads the panel, makes room for `ahead` moments after the last known target, and adds the holidays.
 * `until` is the first moment that may not be looked at.
 */
export function loadPanel(
  options: SeriesOptions,
  until: (panel: Panel) => number,
  ahead = 0,
): { panel: Panel; notes: string[] } {
  const list = (text: string | undefined) => text?.split(",").map((name) => name.trim());
  const reading = { ...options, known: list(options.known), ignore: list(options.ignore), ahead };
  let read = readPanel(reading);
  if (read.panel.asOf) read = readPanel({ ...reading, chooseAt: timeOf(read.panel, until(read.panel)) });
  const notes = [...read.notes];
  const panel = withRoom(read.panel, ahead, notes);
  const first = until(panel);
  let country = options.country === "none" ? undefined : options.country;
  if (country === "auto" || country === undefined) {
    const weekly = panel.step === 7 * DAY;
    country = options.country === "none" ? undefined : (weekly ? flaggedCountry : detectCountry)(panel, first);
    if (country) notes.push(`holidays of ${country} stand out in the data and are used; name another with --country`);
  }
  if (!country) return { panel: panel, notes };
  const names = holidayNames(country, options.state, panel.start, timeOf(panel, panel.length));
  const holidays = withHolidays(panel, names, first);
  if (panel.step <= DAY) return { panel: holidays, notes };
  return {
    panel: withFeasts(holidays, feastDays(country, options.state, panel.start, timeOf(panel, panel.length))),
    notes,
  };
}

/** A panel at least `ahead` moments long after its last target. Drivers that end before are left out: nobody knows them. */
function withRoom(panel: Panel, ahead: number, notes: string[]): Panel {
  const length = panel.observed + ahead;
  if (panel.length >= length) return panel;
  if (panel.drivers.length > 0) {
    notes.push(
      `${panel.drivers.map((driver) => driver.name).join(", ")}: left out, known to ${isoTime(panel, panel.length - 1)} only and the ` +
        `horizon ends ${isoTime(panel, length - 1)}; give future rows in the input or --drivers`,
    );
  }
  const groups = panel.groups.map(({ name, y }) => {
    const longer = new Float64Array(length).fill(Number.NaN);
    longer.set(y);
    return { name, y: longer, drivers: [] };
  });
  return { ...panel, length, drivers: [], groups };
}

/** Runs a verb: one JSON document on standard output, problems on standard error, exit code 1 when it failed. */
export function runVerb(body: () => unknown, json: boolean, text: (result: never) => string): void {
  try {
    const result = body();
    process.stdout.write(`${json ? JSON.stringify(result) : text(result as never)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** A line on a terminal that shows how far long work is. */
export function progressLine(label: string): (done: number, all: number) => void {
  if (!process.stderr.isTTY) return () => {};
  return (done, all) => process.stderr.write(`\r${label} ${done}/${all}${done === all ? "\n" : ""}`);
}
