import { covarianceMatrix, factorise, inverseDiagonal, type Observations, solveFactor } from "./evidence.ts";
import { AT, covariance, type Inputs, lagTables } from "./kernel.ts";

export type Posterior = { readonly mean: Float64Array; readonly sd: Float64Array };

/**
 * Posterior mean and predictive standard deviation (noise included) at the given rows.
 * Values more than 3 leave-one-out deviations off get extra variance and the fit is repeated once, so that a storm or
 * a strike does not bend the shapes.
 */
export function predictRows(inputs: Inputs, data: Observations, theta: Float64Array, rows: Int32Array): Posterior {
  const n = data.at.length;
  let extra = data.extra;
  let l = covarianceMatrix(inputs, data, theta);
  const clean = l.slice();
  factorise(l, n);
  let alpha = solveFactor(l, n, data.z);
  // In weekly series the far values are feasts that come again, not accidents.
  const inflated = inputs.stepsPerYear < 60 ? undefined : inflateOutliers(l, n, alpha, extra, 3);
  if (inflated) {
    for (let i = 0; i < n; i++)
      clean[i * n + i] = (clean[i * n + i] as number) + (inflated[i] as number) - (extra[i] as number);
    extra = inflated;
    l = clean;
    factorise(l, n);
    alpha = solveFactor(l, n, data.z);
  }
  const span = Math.max(...inputs.time) - Math.min(...inputs.time);
  const tables = lagTables(theta, span + 1, inputs.stepsPerYear);
  const noise = Math.exp(2 * (theta[AT.noise] as number));
  const mean = new Float64Array(rows.length);
  const sd = new Float64Array(rows.length);
  const k = new Float64Array(n);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] as number;
    let m = 0;
    for (let i = 0; i < n; i++) {
      k[i] = covariance(inputs, theta, tables, row, data.at[i] as number);
      m += (k[i] as number) * (alpha[i] as number);
    }
    let variance = covariance(inputs, theta, tables, row, row) + noise;
    for (let i = 0; i < n; i++) {
      let s = k[i] as number;
      for (let j = 0; j < i; j++) s -= (l[i * n + j] as number) * (k[j] as number);
      k[i] = s / (l[i * n + i] as number);
      variance -= (k[i] as number) ** 2;
    }
    mean[r] = m;
    sd[r] = Math.sqrt(Math.max(noise, variance));
  }
  return { mean, sd };
}

function inflateOutliers(
  l: Float64Array,
  n: number,
  alpha: Float64Array,
  extra: Float64Array,
  limit: number,
): Float64Array | undefined {
  const precisions = inverseDiagonal(l, n);
  let changed = false;
  const inflated = extra.slice();
  for (let i = 0; i < n; i++) {
    const precision = precisions[i] as number;
    const z = Math.abs(alpha[i] as number) / Math.sqrt(precision);
    if (z > limit) {
      changed = true;
      inflated[i] = (inflated[i] as number) + ((z / limit) ** 2 - 1) / precision;
    }
  }
  return changed ? inflated : undefined;
}
