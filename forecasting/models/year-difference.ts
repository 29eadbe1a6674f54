import { DAY, type Panel } from "../series/panel.ts";
import { type Forecaster, logOffset } from "./forecaster.ts";

const BASE = 1e6;

/**
 * Forecasts the log ratio to the same week of last year and adds it to last year: what stays the same from year to
 * year (feasts, school terms) cancels, and a competitor only has to follow growth and changed drivers.
 * Silent (NaN) until eight ratios are known.
 */
export function yearDifference(base: Forecaster): Forecaster {
  return {
    name: `year-on-year ${base.name}`,
    issue(panel, origin, horizon) {
      const year = Math.round((364 * DAY) / panel.step);
      const silent = () => panel.groups.map(() => new Float64Array(horizon).fill(Number.NaN));
      if (origin < year + 8) return { origin, location: silent() };
      const rest = panel.length - year;
      const before = panel.groups.map(({ y }) => {
        const offset = logOffset(y, origin);
        return y.map((v) => Math.log(v + offset));
      });
      const ratios: Panel = {
        ...panel,
        start: panel.start + year * panel.step,
        length: rest,
        observed: panel.observed - year,
        groups: panel.groups.map((group, g) => ({
          name: group.name,
          y: Float64Array.from({ length: rest }, (_, i) => {
            const z = before[g] as Float64Array;
            return i + year < origin ? BASE * Math.exp((z[i + year] as number) - (z[i] as number)) : Number.NaN;
          }),
          drivers: group.drivers.map((values) =>
            Float64Array.from({ length: rest }, (_, i) => (values[i + year] as number) - (values[i] as number)),
          ),
        })),
      };
      const issue = base.issue(ratios, origin - year, horizon);
      return {
        ...issue,
        origin,
        location: issue.location.map((path, g) =>
          path.map((v, h) => v - Math.log(BASE) + (before[g]?.[origin + h - year] as number)),
        ),
      };
    },
  };
}
