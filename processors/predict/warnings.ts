import { digest } from "../../ingest/contracts/canonical.ts";
import type { Status } from "./outlook.ts";

/** Chance that a region's complaints exceed what it can answer on a day. */
export interface Spike {
  readonly region: string;
  readonly day: number;
  readonly probability: number;
  readonly capacity: number;
  readonly mean: number;
  readonly upper: number;
  readonly causes: Readonly<Record<"promotion" | "weather" | "backlog" | "season" | "recent", number>>;
  readonly status: Status;
}

/** What was warned of and is not over. */
export interface OpenWarning {
  readonly id: string;
  readonly kind: "spike" | "drift";
  readonly series: string;
  readonly region: string;
  /** Day of the spike; day since when a series has drifted. */
  readonly day: number;
  size: number;
  evidence: string;
}

export interface WarningChange extends OpenWarning {
  readonly change: "opened" | "grew" | "resolved";
}

/** A warning is repeated when what it warns of doubled, and taken back when it became half as likely as when given. */
const GROWTH = 2;
const TAKEN_BACK = 0.5;

/**
 * Folds what was said at the start of a day into warnings.
 * @param open      by id; changed in place
 * @param today     the day that begins
 * @param statuses  of all series issued now
 */
export function foldWarnings(
  open: Map<string, OpenWarning>,
  today: number,
  spikes: readonly Spike[],
  statuses: ReadonlyMap<string, Status>,
  warnFrom: number,
): WarningChange[] {
  const changes: WarningChange[] = [];
  const tell = (change: WarningChange["change"], warning: OpenWarning) => {
    if (change === "resolved") open.delete(warning.id);
    else open.set(warning.id, warning);
    changes.push({ ...warning, change });
  };
  const said = new Map(spikes.map((spike) => [spikeId(spike.region, spike.day), spike]));
  for (const spike of spikes) {
    const known = open.get(spikeId(spike.region, spike.day));
    const size = Math.max(1, Math.round(spike.mean - spike.capacity));
    const warning: OpenWarning = {
      id: spikeId(spike.region, spike.day),
      kind: "spike",
      series: `complaints|region|${spike.region}`,
      region: spike.region,
      day: spike.day,
      size,
      evidence: evidenceOf(spike),
    };
    // On the day itself it is too late to warn, and too early to say that it is over.
    if (!known && spike.day > today && spike.probability >= warnFrom) tell("opened", warning);
    else if (known && size >= GROWTH * known.size) tell("grew", warning);
  }
  for (const warning of [...open.values()]) {
    if (warning.kind !== "spike") continue;
    const now = said.get(warning.id);
    const passed = warning.day < today;
    if (passed || (now && now.probability < TAKEN_BACK * warnFrom)) {
      const evidence = {
        ...(JSON.parse(warning.evidence) as object),
        over: passed ? "passed" : "fell",
        ...(now && { probability: round(now.probability) }),
      };
      tell("resolved", { ...warning, evidence: JSON.stringify(evidence) });
    }
  }
  drift(open, today, statuses, tell);
  return changes;
}

function drift(
  open: ReadonlyMap<string, OpenWarning>,
  today: number,
  statuses: ReadonlyMap<string, Status>,
  tell: (change: WarningChange["change"], warning: OpenWarning) => void,
): void {
  const standing = new Map([...open.values()].filter(({ kind }) => kind === "drift").map((w) => [w.series, w]));
  for (const [series, status] of statuses) {
    const known = standing.get(series);
    if (status === "ok" && known) tell("resolved", known);
    if ((status === "coverage_broken" || status === "biased") && !known) {
      const id = digest(`drift|${series}|${today}`);
      const region = /\|region\|([^*]+)$/.exec(series)?.[1] ?? "";
      tell("opened", { id, kind: "drift", series, region, day: today, size: 1, evidence: JSON.stringify({ status }) });
    }
  }
}

export const spikeId = (region: string, day: number): string => digest(`spike|${region}|${day}`);

function evidenceOf({ probability, capacity, mean, upper, causes, status }: Spike): string {
  const shown = Object.fromEntries(Object.entries(causes).map(([name, n]) => [name, round(n)]));
  return JSON.stringify({
    probability: round(probability),
    capacity: round(capacity),
    mean: round(mean),
    upper: round(upper),
    causes: shown,
    status,
    automatic: status === "ok",
  });
}

const round = (x: number): number => Number(x.toPrecision(3));
