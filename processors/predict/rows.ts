import type { SeriesFit } from "../../forecasting/plan/fit.ts";
import { COMPETITORS } from "../../forecasting/plan/series.ts";
import { digest } from "../../ingest/contracts/canonical.ts";
import type { Issued, Score, Status } from "./outlook.ts";
import { type Clock, HOUR_MS } from "./time.ts";
import type { Spike, WarningChange } from "./warnings.ts";

/** The same series learned from the same past has the same version. */
export const versionOf = (fit: SeriesFit, day: number): string => digest(`${day}|${JSON.stringify(fit)}`).slice(0, 16);

const modelOf = ({ weights }: SeriesFit): string =>
  COMPETITORS[weights.reduce((best, w, m) => (w > (weights[best] as number) ? m : best), 0)] as string;

export const fitRow = (fit: SeriesFit, version: string, days: number, learnedTo: number): object => ({
  version,
  series: fit.series,
  model: modelOf(fit),
  learned_to: learnedTo,
  days,
  error: fit.error,
  body: JSON.stringify(fit),
});

export function issueRow(issued: Issued, fit: SeriesFit, status: Status, clock: Clock): object {
  const { series, step, day, version, mean, quantiles } = issued;
  const start = clock.start(day);
  return {
    series,
    step,
    issued_at: start,
    version,
    model: modelOf(fit),
    status,
    moments: mean.map((_, i) => (step === "day" ? clock.start(day + i) : start + i * HOUR_MS)),
    mean,
    quantiles,
  };
}

export const scoreRow = (score: Score, clock: Clock): object => ({
  series: score.series,
  step: score.step,
  at: clock.start(score.day),
  lead: score.lead,
  version: score.version,
  n: score.n,
  actual: score.actual,
  mean: score.mean,
  absolute_error: score.absoluteError,
  inside80: score.inside80,
  inside90: score.inside90,
  inside95: score.inside95,
  below: score.below,
  pinball: score.pinball,
});

export const spikeRow = (spike: Spike, today: number, clock: Clock): object => ({
  region: spike.region,
  day: clock.start(spike.day),
  issued_at: clock.start(today),
  probability: spike.probability,
  capacity: spike.capacity,
  mean: spike.mean,
  upper: spike.upper,
  ...spike.causes,
  status: spike.status,
  automatic: spike.status === "ok",
});

export const warningRow = (warning: WarningChange, today: number, clock: Clock): object => ({
  warning_id: warning.id,
  at: clock.start(today),
  change: warning.change,
  kind: warning.kind,
  series: warning.series,
  region: warning.region,
  day: clock.start(warning.day),
  size: warning.size,
  evidence: warning.evidence,
});
