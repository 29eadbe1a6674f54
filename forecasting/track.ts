import type { Forecaster, Issue } from "./models/forecaster.ts";
import { knownAt, type Panel } from "./series/panel.ts";

/** What every competitor would have said at past origins: the material for choosing, combining and calibrating. */
export type Track = {
  readonly horizon: number;
  readonly names: readonly string[];
  /** Ascending origins. */
  readonly origins: readonly number[];
  /** Per origin, per competitor. */
  readonly issues: readonly (readonly Issue[])[];
};

/** Issues all competitors at all origins, which must ascend. `done` is told after each origin. */
export function buildTrack(
  panel: Panel,
  forecasters: readonly Forecaster[],
  origins: readonly number[],
  horizon: number,
  done: (count: number) => void = () => {},
): Track {
  const issues = origins.map((origin, k) => {
    const known = knownAt(panel, origin);
    const row = forecasters.map((forecaster) =>
      forecaster.issue(known, origin, Math.min(horizon, panel.length - origin)),
    );
    done(k + 1);
    return row;
  });
  return { horizon, names: forecasters.map((f) => f.name), origins, issues };
}

/**
 * Origins inside the training window, before `first`: enough past errors to weigh and calibrate by, late enough that
 * every fit has something to learn from.
 */
export function innerOrigins(panel: Panel, first: number, horizon: number, step: number, most = 26): number[] {
  const starts = panel.groups.map(({ y }) => y.findIndex((v) => !Number.isNaN(v)));
  const start = Math.min(...starts.filter((s) => s >= 0));
  const earliest = start + Math.max(Math.ceil(0.5 * (first - start)), 8);
  const stride = Math.max(1, Math.min(step, Math.ceil(horizon / 2)));
  const origins: number[] = [];
  for (let o = first - stride; o >= earliest && origins.length < most; o -= stride) origins.unshift(o);
  return origins;
}
