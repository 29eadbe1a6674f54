/** A probability that was said, and what came: 1 or 0. */
export interface Said {
  readonly risk: number;
  readonly y: number;
}

/**
 * Precision of warning from the highest risk down until a share of all that is to be found is found.
 * @param all  how many there are to be found, those never looked at included
 * @returns undefined when they cannot be found
 */
export function precisionAt(said: readonly Said[], recall: number, all: number): number | undefined {
  let hits = 0;
  let warned = 0;
  for (const { y } of [...said].sort((a, b) => b.risk - a.risk)) {
    warned++;
    hits += y;
    if (hits >= recall * all) return hits / warned;
  }
  return undefined;
}

export interface Bin {
  readonly n: number;
  readonly predicted: number;
  readonly observed: number;
}

/** Mean prediction and outcome in ten equal bins of the risk. */
export function reliability(said: readonly Said[]): Bin[] {
  const bins = Array.from({ length: 10 }, () => ({ n: 0, predicted: 0, observed: 0 }));
  for (const { risk, y } of said) {
    const bin = bins[Math.min(9, Math.floor(risk * 10))];
    if (!bin) continue;
    bin.n++;
    bin.predicted += risk;
    bin.observed += y;
  }
  return bins.map(({ n, predicted, observed }) => ({
    n,
    predicted: n ? predicted / n : 0,
    observed: n ? observed / n : 0,
  }));
}

/** Mean distance of predicted from observed over the bins, by how many are in each. */
export function calibrationError(said: readonly Said[]): number {
  const total = reliability(said).reduce(
    (sum, { n, predicted, observed }) => sum + n * Math.abs(predicted - observed),
    0,
  );
  return said.length === 0 ? 0 : total / said.length;
}

/** What the mean squared error of risks is made of: it is `uncertainty - resolution + reliability`, but for the bins' width. */
export interface ErrorParts {
  /** Mean squared error (Brier score). */
  readonly error: number;
  /** What saying the mean of all each time would cost. */
  readonly uncertainty: number;
  /** What telling orders apart saves. */
  readonly resolution: number;
  /** What risks that are not what comes of them cost: calibration could save it. */
  readonly reliability: number;
}

/** @see Murphy (1973), A new vector partition of the probability score */
export function errorParts(said: readonly Said[]): ErrorParts | undefined {
  const n = said.length;
  if (n === 0) return undefined;
  const mean = said.reduce((sum, { y }) => sum + y, 0) / n;
  let [resolution, off] = [0, 0];
  for (const bin of reliability(said)) {
    resolution += (bin.n * (bin.observed - mean) ** 2) / n;
    off += (bin.n * (bin.predicted - bin.observed) ** 2) / n;
  }
  const error = said.reduce((sum, { risk, y }) => sum + (risk - y) ** 2, 0) / n;
  return { error, uncertainty: mean * (1 - mean), resolution, reliability: off };
}
