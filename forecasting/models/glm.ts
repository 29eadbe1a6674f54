import { fitNegativeBinomial } from "../glm/negative-binomial.ts";
import { DAY, type Group, type Panel } from "../series/panel.ts";
import { type Forecaster, logOffset } from "./forecaster.ts";
import { glmDesign, ridgePenalty, type Shape } from "./glm-design.ts";
import { choose } from "./glm-level.ts";

export const GLM_DEFAULTS = {
  /** Days after which an observation counts half. */
  halfLifeDays: 365,
  /** Ridge in shares of theta, the information of one observation on the log scale. */
  ridge: 0.2,
  waves: 2,
  /** Anscombe-like residual over which a past outbreak is down-weighted. */
  outlier: 2.58,
} as const;

/**
 * Negative binomial regression with ridge, one-year half-life, past outbreaks down-weighted, and a local level that
 * follows recent log ratios. Whether lags of the drivers help is left to the weighing of competitors.
 */
export function glmForecaster(lag = 0): Forecaster {
  const shape: Shape = { hinges: true, lag, waves: GLM_DEFAULTS.waves };
  return {
    name: lag > 0 ? `glm lag ${lag}` : "glm",
    issue(panel, origin, horizon) {
      const location: Float64Array[] = [];
      const spread: Float64Array[] = [];
      panel.groups.forEach((group, g) => {
        const offset = logOffset(group.y, origin);
        const fit = fitLocal(panel, g, origin, horizon, shape);
        location.push(fit.path.map((mu) => Math.log(mu + offset)));
        spread.push(fit.path.map((mu) => Math.sqrt(1 / fit.theta + 1 / (mu + offset))));
      });
      return { origin, location, spread };
    },
  };
}

/** Weights of the training rows: 0 where unknown, halving with age. */
export function ageWeights(panel: Panel, y: Float64Array, origin: number): Float64Array {
  const halfLife = (GLM_DEFAULTS.halfLifeDays * DAY) / panel.step;
  return Float64Array.from({ length: origin }, (_, i) =>
    Number.isNaN(y[i] as number) ? 0 : 0.5 ** ((origin - 1 - i) / halfLife),
  );
}

export function fitLocal(panel: Panel, g: number, origin: number, horizon: number, shape: Shape) {
  const design = glmDesign(panel, g, origin, horizon, shape);
  const { p } = design;
  const raw = groupOf(panel, g).y;
  const y = raw.slice(0, origin).map((v) => (Number.isNaN(v) ? 0 : v));
  const x = design.x.subarray(0, origin * p);
  const weights = ageWeights(panel, raw, origin);
  const input = { x, n: origin, p, y, weights, inference: false, tolerance: 1e-7 };
  const first = fitNegativeBinomial({ ...input, ridge: ridgePenalty(design, origin, GLM_DEFAULTS.ridge * 20) });
  // Down-weight what stands far above or below, then settle theta and coefficients once more.
  const robust = weights.map((w, i) => {
    const mu = first.fitted[i] as number;
    const r = Math.abs((y[i] as number) - mu) / Math.sqrt(mu + (mu * mu) / first.theta);
    return r > GLM_DEFAULTS.outlier ? w * (GLM_DEFAULTS.outlier / r) ** 2 : w;
  });
  const information = Math.min(first.theta, 400);
  const fit = fitNegativeBinomial({
    ...input,
    weights: robust,
    theta: first.theta,
    start: first.coefficients,
    ridge: ridgePenalty(design, origin, GLM_DEFAULTS.ridge * information),
  });
  const level = choose(y, fit.fitted, weights, horizon, fit.theta);
  const path = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    let eta = (level.now as number) * level.keep ** (h + 1);
    for (let j = 0; j < p; j++) eta += (design.x[(origin + h) * p + j] as number) * (fit.coefficients[j] as number);
    path[h] = Math.exp(Math.min(eta, 50));
  }
  return { path, theta: fit.theta, coefficients: fit.coefficients, design, level };
}

function groupOf(panel: Panel, g: number): Group {
  const group = panel.groups[g];
  if (!group) throw new RangeError(`group ${g}: expected one of ${panel.groups.length}`);
  return group;
}
