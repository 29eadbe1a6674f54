import { digamma, logGamma, trigamma } from "../math/gamma.ts";

export type ThetaEstimate = { readonly theta: number; readonly standardError: number; readonly converged: boolean };

/** Beyond this the negative binomial is the Poisson for every count met in practice. */
export const MAX_THETA = 1e7;

/**
 * Maximum likelihood of the NB2 theta given the means, by Newton steps on log theta (safe: theta stays positive,
 * and data without overdispersion runs into MAX_THETA instead of diverging).
 * @see Venables & Ripley (2002), Modern Applied Statistics with S, theta.ml
 */
export function maximumLikelihoodTheta(
  y: Float64Array,
  mu: Float64Array,
  weights: Float64Array | undefined,
  start: number,
): ThetaEstimate {
  let log = Math.log(Math.min(MAX_THETA, Math.max(1e-4, start)));
  let information = 0;
  let converged = false;
  for (let iteration = 0; iteration < 100 && !converged; iteration++) {
    const theta = Math.exp(log);
    const { gradient, curvature } = derivatives(y, mu, weights, theta);
    information = curvature;
    // On the log scale: d/dlog = theta g; minus the second derivative = theta^2 i - theta g.
    const slope = theta * gradient;
    const bend = theta * theta * curvature - slope;
    const move = bend > 0 ? slope / bend : Math.sign(slope);
    const limited = Math.max(-2, Math.min(2, move));
    log += limited;
    if (log >= Math.log(MAX_THETA)) {
      return { theta: MAX_THETA, standardError: Number.POSITIVE_INFINITY, converged: true };
    }
    if (log < -12) return { theta: Math.exp(-12), standardError: Number.NaN, converged: false };
    converged = Math.abs(limited) < 1e-10;
  }
  return { theta: Math.exp(log), standardError: information > 0 ? 1 / Math.sqrt(information) : Number.NaN, converged };
}

/** Score and observed information of theta. */
function derivatives(y: Float64Array, mu: Float64Array, weights: Float64Array | undefined, theta: number) {
  let gradient = 0;
  let curvature = 0;
  const digammaTheta = digamma(theta);
  const trigammaTheta = trigamma(theta);
  for (let i = 0; i < y.length; i++) {
    const w = weights ? (weights[i] as number) : 1;
    if (w === 0) continue;
    const yi = y[i] as number;
    const mi = mu[i] as number;
    const sum = mi + theta;
    gradient +=
      w * ((yi === 0 ? 0 : digamma(theta + yi) - digammaTheta) - Math.log1p(mi / theta) + 1 - (yi + theta) / sum);
    curvature +=
      w * ((yi === 0 ? 0 : trigammaTheta - trigamma(theta + yi)) - 1 / theta + 2 / sum - (yi + theta) / (sum * sum));
  }
  return { gradient, curvature };
}

/** Twice the NB2 log likelihood. */
export function twiceLogLikelihood(
  y: Float64Array,
  mu: Float64Array,
  weights: Float64Array | undefined,
  theta: number,
): number {
  let total = 0;
  const lgTheta = logGamma(theta);
  for (let i = 0; i < y.length; i++) {
    const w = weights ? (weights[i] as number) : 1;
    if (w === 0) continue;
    const yi = y[i] as number;
    const mi = mu[i] as number;
    const count = yi === 0 ? 0 : logGamma(theta + yi) - lgTheta - logGamma(yi + 1) + yi * Math.log(mi / (mi + theta));
    total += w * (count - theta * Math.log1p(mi / theta));
  }
  return 2 * total;
}
