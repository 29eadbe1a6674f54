import { negativeBinomial, poisson } from "./family.ts";
import { fitGlm, type GlmFit, type GlmInput } from "./fit.ts";
import { maximumLikelihoodTheta, twiceLogLikelihood } from "./theta.ts";

export type NegativeBinomialInput = Omit<GlmInput, "family"> & {
  /** A first theta; without it the moment estimate from a Poisson fit starts. */
  readonly theta?: number;
};

export type NegativeBinomialFit = GlmFit & {
  readonly theta: number;
  readonly thetaStandardError: number;
  readonly twiceLogLikelihood: number;
};

/**
 * Negative binomial (NB2, log link) regression: coefficients by IRLS and theta by maximum likelihood in turn,
 * as MASS::glm.nb. Data without overdispersion ends at theta = MAX_THETA, a Poisson for every purpose.
 * @throws RangeError as fitGlm
 */
export function fitNegativeBinomial(input: NegativeBinomialInput): NegativeBinomialFit {
  const { y, weights } = input;
  const tolerance = input.tolerance ?? 1e-10;
  const quick = { ...input, inference: false };
  let fit =
    input.theta === undefined
      ? fitGlm({ ...quick, family: poisson })
      : fitGlm({ ...quick, family: negativeBinomial(input.theta) });
  let theta = input.theta ?? momentTheta(y, fit.fitted, weights);
  let before = Number.NEGATIVE_INFINITY;
  let iterations = fit.iterations;
  let converged = false;
  let thetaStandardError = Number.NaN;
  let likelihood = before;
  for (let round = 0; round < 50 && !converged; round++) {
    const estimate = maximumLikelihoodTheta(y, fit.fitted, weights, theta);
    const change = Math.abs(Math.log(estimate.theta / theta));
    theta = estimate.theta;
    thetaStandardError = estimate.standardError;
    fit = fitGlm({ ...quick, start: fit.coefficients, family: negativeBinomial(theta) });
    iterations += fit.iterations;
    likelihood = twiceLogLikelihood(y, fit.fitted, weights, theta);
    converged =
      Math.abs(likelihood - before) <= tolerance * (Math.abs(likelihood) + 1) && change < Math.sqrt(tolerance);
    before = likelihood;
  }
  const final =
    input.inference === false ? fit : fitGlm({ ...input, start: fit.coefficients, family: negativeBinomial(theta) });
  return {
    ...final,
    theta,
    thetaStandardError,
    twiceLogLikelihood: likelihood,
    converged: converged && final.converged,
    iterations,
  };
}

function momentTheta(y: Float64Array, mu: Float64Array, weights: Float64Array | undefined): number {
  let ratio = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    const w = weights ? (weights[i] as number) : 1;
    ratio += w * (((y[i] as number) / (mu[i] as number) - 1) ** 2 - 1 / (mu[i] as number));
    total += w;
  }
  return ratio > 0 ? Math.min(1e6, total / ratio) : 1e6;
}
