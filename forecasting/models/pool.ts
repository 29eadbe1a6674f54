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
  return [processForecaster(), ...borrowing, lastYear(0.85), lastYear(0.94)];
}
