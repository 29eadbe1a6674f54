import type { Store } from "../store/port.ts";
import { type Outcome, type Risk, readOutcomes, readPages, readRisks, readWarnings } from "./read.ts";
import { scoreRisks } from "./risks.ts";
import { baseline, scorePages, scoreWarnings } from "./warnings.ts";

export interface ScoreOptions {
  /** Orders placed in [from, to), ms. */
  readonly from: number;
  readonly to: number;
  /** Days before the promise of the rules to compare with; none: no comparison. */
  readonly baselines: readonly number[];
}

export type ReplayScore = Awaited<ReturnType<typeof scoreReplay>>;

/**
 * How good the warnings of a finished replay were, and the risks it is about.
 * @throws Error when no order was placed in that time: a score of nothing would look like one
 */
export async function scoreReplay(store: Store, { from, to, baselines }: ScoreOptions) {
  const list = await readOutcomes(store, from, to);
  if (list.length === 0) throw new Error(await nothing(store, from, to));
  const outcomes = new Map<string, Outcome>(list.map((outcome) => [outcome.orderId, outcome]));
  const end = await endOf(store);
  const warnings = await readWarnings(store);
  const kinds = [...new Set(warnings.map(({ kind }) => kind))].sort();
  const risks = (await readRisks(store)).filter(({ orderId }) => outcomes.has(orderId));
  return {
    risks,
    score: {
      orders: list.length,
      from: isoOf(from),
      to: isoOf(to),
      placed: placedOf(list),
      findings: kinds.map((kind) =>
        scoreWarnings(
          kind,
          warnings.filter((warning) => warning.kind === kind),
          outcomes,
          end,
        ),
      ),
      baseline: baselines.map((days) =>
        scoreWarnings(`undelivered_${days}d_before`, baseline(days, list), outcomes, end),
      ),
      pages: scorePages(await readPages(store), list, end),
      risks: scoreRisks(risks, outcomes),
    },
  };
}

async function endOf(store: Store): Promise<number> {
  const [row] = await store.query<{ at: number }>(
    "SELECT toFloat64(toUnixTimestamp64Milli(max(known_at))) AS at FROM order_events",
  );
  return row?.at ?? 0;
}

function placedOf(list: readonly Outcome[]): { readonly first: string; readonly last: string } | null {
  const at = list.map(({ placed }) => placed).sort((a, b) => a - b);
  const [first, last] = [at[0], at.at(-1)];
  return first === undefined || last === undefined
    ? null
    : { first: new Date(first).toISOString(), last: new Date(last).toISOString() };
}

async function nothing(store: Store, from: number, to: number): Promise<string> {
  const all = placedOf(await readOutcomes(store, 0, Date.UTC(2200, 0, 1)));
  if (!all) return "expected orders, got none at all: has anything been replayed?";
  const day = (at: number) => new Date(at).toISOString().slice(0, 10);
  return `expected orders placed from ${day(from)} until before ${day(to)}, got none: there are some from ${all.first.slice(0, 10)} to ${all.last.slice(0, 10)}`;
}

const isoOf = (at: number): string | null =>
  Number.isFinite(at) && Math.abs(at) < 8e15 ? new Date(at).toISOString() : null;

/** A line for each risk, orders as they are called in the files. */
export function* dumpLines(risks: readonly Risk[]): Generator<string> {
  yield "orderId,asOf,daysBefore,risk,eta,etaLow,etaHigh\n";
  const iso = (at: number) => new Date(at).toISOString();
  for (const { orderId, asOf, daysBefore, risk, eta, etaLow, etaHigh } of risks) {
    yield `${[orderId, iso(asOf), daysBefore, risk.toFixed(6), iso(eta), iso(etaLow), iso(etaHigh)].join(",")}\n`;
  }
}
