import { negativeBinomialQuantile, negativeBinomialUpperTail } from "../math/negative-binomial.ts";
import { normalUpperQuantile, normalUpperTail } from "../math/normal.ts";
import { poissonQuantile, poissonUpperTail } from "../math/poisson.ts";

export type PowerTransform = "none" | "1/2" | "2/3";

/** Predicted mean, its standard error and the dispersion of the count about it. */
export type Prediction = { readonly mu: number; readonly se: number; readonly phi: number };

/** Bound of a count, and the chance of a count as high as y. */
export type Bound = { readonly upper: number; readonly tail: (y: number) => number };

/**
 * Normal bound on the scale of a power of the count, allowing for the uncertainty of the mean.
 * @param alpha  one-sided level
 * @see Farrington et al. (1996), JRSS A 159
 */
export function transformedBound({ mu, se, phi }: Prediction, transform: PowerTransform, alpha: number): Bound {
  const tau = phi + (se * se) / mu;
  const [power, spread] = transformed(transform, mu, tau);
  const centre = mu ** power;
  return {
    upper: (centre + normalUpperQuantile(alpha) * spread) ** (1 / power),
    tail: (y) => normalUpperTail((y ** power - centre) / spread),
  };
}

function transformed(transform: PowerTransform, mu: number, tau: number): [power: number, spread: number] {
  switch (transform) {
    case "none":
      return [1, Math.sqrt(mu * tau)];
    case "1/2":
      return [1 / 2, Math.sqrt(tau / 4)];
    case "2/3":
      return [2 / 3, Math.sqrt((4 / 9) * Math.cbrt(mu) * tau)];
  }
}

/** Quantile of the negative binomial with mean mu and variance phi mu, the Poisson where phi is 1. @see Noufaily et al. (2013) */
export function countBound(mu: number, phi: number, alpha: number): Bound {
  if (!Number.isFinite(mu)) return { upper: Number.NaN, tail: () => Number.NaN };
  if (phi > 1) {
    const theta = mu / (phi - 1);
    return {
      upper: negativeBinomialQuantile(1 - alpha, mu, theta),
      tail: (y) => negativeBinomialUpperTail(y, mu, theta),
    };
  }
  return { upper: poissonQuantile(1 - alpha, mu), tail: (y) => poissonUpperTail(y, mu) };
}
