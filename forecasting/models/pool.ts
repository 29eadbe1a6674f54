import { DAY, defaultSeason, type Panel } from "../series/panel.ts";
import { etsForecaster } from "./ets.ts";
import type { Forecaster } from "./forecaster.ts";
import { glmForecaster } from "./glm.ts";
import { lastYear } from "./last-year.ts";
import { seasonalMedian } from "./naive.ts";
import { pooled } from "./pooled.ts";
import { processForecaster } from "./process.ts";

/** Competitors for a panel: what suits its step and number of series. Order is of no importance. */
export function forecastersFor(panel: Panel): Forecaster[] {
  const season = defaultSeason(panel.step);
  const several = panel.groups.length >= 3;
  if (panel.step < DAY) {
    return [glmForecaster(), etsForecaster(season * 7), etsForecaster(season), seasonalMedian(season * 7, 6)];
  }
  const borrowing = several ? [pooled(processForecaster(), processForecaster())] : [];
  if (panel.step === DAY) {
    return [
      glmForecaster(),
      glmForecaster(3),
      processForecaster(0),
      processForecaster(0.33),
      etsForecaster(season),
      seasonalMedian(season),
      ...borrowing,
    ];
  }
  const candidates = [processForecaster(), ...borrowing].map((f) => silentBetween(f, YEAR + 4, 2 * YEAR + 4));
  return [...candidates, lastYear(0.88), lastYear(0.94)];
}

const YEAR = 52;

/**
 * A competitor that says nothing at origins from .. to - 1. In weekly series a smooth model cannot tell what recurs
 * from what happened once before it has seen every week twice, while last year's weeks are already known.
 */
function silentBetween(forecaster: Forecaster, from: number, to: number): Forecaster {
  return {
    name: forecaster.name,
    issue: (panel, origin, horizon) =>
      origin < from || origin >= to
        ? forecaster.issue(panel, origin, horizon)
        : { origin, location: panel.groups.map(() => new Float64Array(horizon).fill(Number.NaN)) },
  };
}
