/** What iteratively reweighted least squares needs to know of a distribution and its link. */
export type Family = {
  readonly name: string;
  /** True where the dispersion is 1 by definition (Poisson, binomial, negative binomial of given theta). */
  readonly fixedDispersion: boolean;
  readonly link: (mu: number) => number;
  readonly mean: (eta: number) => number;
  /** d mu / d eta, given both. */
  readonly slope: (mu: number, eta: number) => number;
  readonly variance: (mu: number) => number;
  /** Twice the log likelihood ratio of the saturated model, for one observation of unit weight. */
  readonly deviance: (y: number, mu: number) => number;
  /** A mean to start from. */
  readonly start: (y: number) => number;
  /** Whether y can occur. */
  readonly accepts: (y: number) => boolean;
  readonly expects: string;
};

const MAX_ETA = 700;
const expLink = {
  link: Math.log,
  mean: (eta: number) => Math.max(Math.exp(Math.min(eta, MAX_ETA)), Number.MIN_VALUE),
  slope: (mu: number) => Math.max(mu, 2.2e-16),
};

export const poisson: Family = {
  name: "poisson",
  fixedDispersion: true,
  ...expLink,
  variance: (mu) => mu,
  deviance: (y, mu) => 2 * (y === 0 ? mu : y * Math.log(y / mu) - (y - mu)),
  start: (y) => y + 0.1,
  accepts: (y) => y >= 0,
  expects: ">= 0",
};

/** NB2 with log link: variance mu + mu^2/theta. @throws RangeError unless theta > 0 */
export function negativeBinomial(theta: number): Family {
  if (!(theta > 0)) throw new RangeError(`theta: expected > 0, got ${theta}`);
  const inverse = 1 / theta;
  return {
    name: "negativeBinomial",
    fixedDispersion: true,
    ...expLink,
    variance: (mu) => mu + mu * mu * inverse,
    deviance: (y, mu) => {
      // log((y + theta)/(mu + theta)) through log1p, so that a huge theta gives the Poisson and not noise
      const scaled = (y + theta) * Math.log1p((y - mu) / (mu + theta));
      return 2 * ((y === 0 ? 0 : y * Math.log(y / mu)) - scaled);
    },
    start: (y) => (y === 0 ? 1 / 6 : y),
    accepts: (y) => y >= 0,
    expects: ">= 0",
  };
}

/** Gaussian with identity link: weighted least squares. */
export const gaussian: Family = {
  name: "gaussian",
  fixedDispersion: false,
  link: (mu) => mu,
  mean: (eta) => eta,
  slope: () => 1,
  variance: () => 1,
  deviance: (y, mu) => (y - mu) ** 2,
  start: (y) => y,
  accepts: (y) => Number.isFinite(y),
  expects: "finite",
};

/** Gamma with log link, for positive amounts. */
export const gammaLog: Family = {
  name: "gamma",
  fixedDispersion: false,
  ...expLink,
  variance: (mu) => mu * mu,
  deviance: (y, mu) => 2 * ((y - mu) / mu - Math.log(y / mu)),
  start: (y) => y,
  accepts: (y) => y > 0,
  expects: "> 0",
};

/** Binomial share with logit link: y in 0..1, weights are the numbers of trials. */
export const binomial: Family = {
  name: "binomial",
  fixedDispersion: true,
  link: (mu) => Math.log(mu / (1 - mu)),
  mean: (eta) => 1 / (1 + Math.exp(-Math.max(-30, Math.min(30, eta)))),
  slope: (mu) => Math.max(mu * (1 - mu), 2.2e-16),
  variance: (mu) => mu * (1 - mu),
  deviance: (y, mu) =>
    2 * ((y === 0 ? 0 : y * Math.log(y / mu)) + (y === 1 ? 0 : (1 - y) * Math.log((1 - y) / (1 - mu)))),
  start: (y) => (y + 0.5) / 2,
  accepts: (y) => y >= 0 && y <= 1,
  expects: "0..1",
};
