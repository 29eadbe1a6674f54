import type { Panel } from "../series/panel.ts";
import { type Forecaster, logOffset } from "./forecaster.ts";

/**
 * Lets small series borrow from all: the common movement (mean of the groups' logs) is forecast as one series, each
 * group's distance from it as another, and the two are added. Shocks and seasons that all share are then estimated
 * from all the data, and a group keeps only what is its own.
 */
export function pooled(common: Forecaster, own: Forecaster): Forecaster {
  return {
    name: `pooled ${common.name}`,
    issue(panel, origin, horizon) {
      const logs = panel.groups.map(({ y }) => {
        const offset = logOffset(y, origin);
        return y.map((v, i) => (i < origin ? Math.log(v + offset) : Number.NaN));
      });
      const levels = logs.map((z) => mean(z.filter((v) => !Number.isNaN(v))));
      const shared = new Float64Array(panel.length).fill(Number.NaN);
      for (let i = 0; i < origin; i++) {
        let sum = 0;
        let count = 0;
        logs.forEach((z, g) => {
          if (Number.isNaN(z[i] as number)) return;
          sum += (z[i] as number) - (levels[g] as number);
          count++;
        });
        if (count > 0) shared[i] = sum / count;
      }
      const driverMeans = panel.drivers.map((_, k) => {
        const total = new Float64Array(panel.length);
        for (const group of panel.groups) {
          const values = group.drivers[k] as Float64Array;
          for (let i = 0; i < total.length; i++)
            total[i] = (total[i] as number) + (values[i] as number) / panel.groups.length;
        }
        return total;
      });
      // Both parts are sent through as positive series around BASE, where half a count does not matter.
      const commonPanel: Panel = {
        ...panel,
        groups: [{ name: "", y: shared.map((v) => BASE * Math.exp(v)), drivers: driverMeans }],
      };
      const ownPanel: Panel = {
        ...panel,
        groups: panel.groups.map((group, g) => ({
          name: group.name,
          y: (logs[g] as Float64Array).map(
            (v, i) => BASE * Math.exp(v - (shared[i] as number) - (levels[g] as number)),
          ),
          drivers: group.drivers.map((values, k) =>
            panel.drivers[k]?.kind === "flag" ? values : values.map((v, i) => v - (driverMeans[k]?.[i] as number)),
          ),
        })),
      };
      const a = common.issue(commonPanel, origin, horizon);
      const b = own.issue(ownPanel, origin, horizon);
      const first = a.location[0] as Float64Array;
      const correction = 2 * Math.log(BASE);
      const location = b.location.map((path, g) =>
        path.map((v, h) => v + (first[h] as number) + (levels[g] as number) - correction),
      );
      const s = a.spread?.[0];
      if (!s || !b.spread) return { origin, location };
      return { origin, location, spread: b.spread.map((path) => path.map((v, h) => Math.hypot(v, s[h] as number))) };
    },
  };
}

const BASE = 1e6;

function mean(values: Float64Array): number {
  let sum = 0;
  for (const v of values) sum += v;
  return values.length > 0 ? sum / values.length : 0;
}
