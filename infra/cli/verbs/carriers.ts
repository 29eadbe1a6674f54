import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type CarrierScore, compareCarriers } from "../../../processors/flow/carriers.ts";
import { readSettings } from "../../config/settings.ts";
import { openStoreOf } from "../../session.ts";
import { checkSchema } from "../../store/migrate.ts";
import type { Store } from "../../store/port.ts";
import { print, printJson } from "../output.ts";

interface Options {
  readonly data?: string;
  readonly config?: string;
  readonly from?: number;
  readonly to?: number;
  readonly csv?: string;
  readonly json?: boolean;
}

const WEEKS = 4;
const WEEK_MS = 7 * 86_400_000;

/** A day or a moment; days begin at midnight UTC. */
function moment(text: string): number {
  const at = /^\d{4}-\d\d-\d\d(T.*(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("expected a date such as 2025-11-01, or a time with an offset");
  return at;
}

export function registerCarriers(program: Command): void {
  program
    .command("carriers")
    .option("--from <date>", `promises from then on count (default: ${WEEKS} weeks before --to)`, moment)
    .option("--to <date>", "promises before then count, and nothing known later (default: all that is known)", moment)
    .option("--csv <file>", "write the table, for the router")
    .option("--data <dir>", "directory of the embedded store")
    .option("--config <file>", "settings (YAML)")
    .option("--json", "one JSON document on standard output")
    .action(carriers);
}

async function carriers(options: Options): Promise<void> {
  const settings = readSettings(options.config, {
    ...process.env,
    ...(options.data !== undefined && { TOCSIN_DIR: options.data }),
  });
  // Opening a store makes one: who only looks must not leave an empty one behind.
  if (settings.clickhouse.url === undefined && !existsSync(join(settings.dir, "store", "metadata"))) {
    throw new Error(`${settings.dir}: expected the data directory of a Tocsin, found no store in it`);
  }
  const store = await openStoreOf(settings);
  try {
    await checkSchema(store);
    const to = options.to ?? (await lastKnown(store));
    const from = options.from ?? to - WEEKS * WEEK_MS;
    if (from >= to) throw new Error(`expected --from before --to, got ${iso(from)} and ${iso(to)}`);
    const scores = await compareCarriers(store, from, to);
    if (options.csv !== undefined) await writeFile(options.csv, csvOf(scores));
    if (options.json) printJson({ from: iso(from), to: iso(to), carriers: scores });
    else {
      print(`${iso(from)} to ${iso(to)}: ${scores.length} rows`);
      for (const score of scores) print(lineOf(score));
    }
  } finally {
    await store.close();
  }
}

async function lastKnown(store: Store): Promise<number> {
  const [row] = await store.query<{ at: number }>(
    "SELECT toFloat64(toUnixTimestamp64Milli(max(known_at))) AS at FROM order_events HAVING count() > 0",
  );
  if (!row) throw new Error("expected order events in the store, found none");
  return row.at + 1;
}

const iso = (ms: number): string => new Date(ms).toISOString();
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

function lineOf({ kind, region, carrier, orders, share, lower, upper, best, weight }: CarrierScore): string {
  const where = region === "" ? "all" : region;
  const advice = best === 0 ? "" : `  best ${percent(best)}  weight ${percent(weight)}`;
  return `  ${kind}  ${where}  ${carrier}  ${orders} orders  on time ${percent(share)} (${percent(lower)} to ${percent(upper)})${advice}`;
}

const COLUMNS = {
  kind: "kind",
  region: "region",
  carrier: "carrier",
  orders: "orders",
  onTime: "on_time",
  share: "share",
  lower: "lower",
  upper: "upper",
  best: "best",
  weight: "weight",
  delayP50: "delay_p50_hours",
  delayP90: "delay_p90_hours",
  syncP50: "sync_p50_seconds",
  syncP90: "sync_p90_seconds",
} as const satisfies Record<keyof CarrierScore, string>;

function csvOf(scores: readonly CarrierScore[]): string {
  const keys = Object.keys(COLUMNS) as (keyof CarrierScore)[];
  const cell = (value: string | number | null): string => {
    if (value === null) return "";
    if (typeof value === "number") return String(Math.round(value * 1e6) / 1e6);
    // A name that begins like a formula is text to a spreadsheet only behind a quote.
    const text = /^[=+\-@]/.test(value) ? `'${value}` : value;
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = scores.map((score) => keys.map((key) => cell(score[key])).join(","));
  return `${[keys.map((key) => COLUMNS[key]).join(","), ...lines].join("\n")}\n`;
}
