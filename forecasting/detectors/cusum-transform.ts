export type CusumTransform =
  | "standard"
  | "rossi"
  | "anscombe"
  | "anscombe2nd"
  | "pearsonNegBin"
  | "anscombeNegBin"
  | "none";

/** A count x with mean m as a score of about unit variance. @param alpha  dispersion, variance m + alpha m^2 */
export function toScore(transform: CusumTransform, x: number, m: number, alpha: number): number {
  switch (transform) {
    case "standard":
      return (x - m) / Math.sqrt(m);
    case "rossi":
      return (x - 3 * m + 2 * Math.sqrt(x * m)) / (2 * Math.sqrt(m));
    case "anscombe":
      return (1.5 * (x ** (2 / 3) - m ** (2 / 3))) / m ** (1 / 6);
    case "anscombe2nd":
      return (x ** (2 / 3) - (m ** (2 / 3) - m ** (-1 / 3) / 9)) / ((2 / 3) * m ** (1 / 6));
    case "pearsonNegBin":
      return (x - m) / Math.sqrt(m + alpha * m * m);
    case "anscombeNegBin":
      return (stabilised(x, alpha) - stabilised(m, alpha)) / (m + alpha * m * m) ** (1 / 6);
    case "none":
      return x;
  }
}

/**
 * The count whose score is `score`: the inverse of toScore, as the reference writes it (its second-order Anscombe bound
 * takes m^(1/3)/9 where the score has m^(-1/3)/9). Undefined for the scores the reference does not turn back into counts.
 */
export function toCount(transform: CusumTransform, score: number, m: number, alpha: number): number | undefined {
  switch (transform) {
    case "standard":
      return Math.ceil(Math.sqrt(m) * score + m);
    case "rossi":
      return 2 * score * Math.sqrt(m) + 5 * m - 2 * Math.sqrt(4 * m * m + 2 * m ** 1.5 * score);
    case "anscombe":
      return Math.max(0, (2 / 3) * m ** (1 / 6) * score + m ** (2 / 3)) ** 1.5;
    case "anscombe2nd":
      return Math.max(0, (2 / 3) * m ** (1 / 6) * score + m ** (2 / 3) - m ** (1 / 3) / 9) ** 1.5;
    case "pearsonNegBin":
      return Math.sqrt(m + alpha * m * m) * score + m;
    case "anscombeNegBin":
    case "none":
      return undefined;
  }
}

/** Integral of (t + alpha t^2)^(-1/3) from 0 to y, by Simpson's rule after t = w^3 takes the singularity away. */
function stabilised(y: number, alpha: number): number {
  const end = Math.cbrt(y);
  const pieces = 400;
  const step = end / pieces;
  let sum = 0;
  for (let i = 0; i <= pieces; i++) {
    const w = i * step;
    const f = (3 * w) / Math.cbrt(1 + alpha * w ** 3);
    sum += f * (i === 0 || i === pieces ? 1 : i % 2 === 1 ? 4 : 2);
  }
  return (sum * step) / 3;
}
