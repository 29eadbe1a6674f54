/** A power transform scaled so that near `typical` it reads as a relative change: power 0 is log(y / typical). */
export type Power = {
  readonly to: (y: number) => number;
  readonly back: (z: number) => number;
  /** d to / d log y, at y. */
  readonly slope: (y: number) => number;
};

/** @see Box & Cox (1964) */
export function powerTransform(power: number, typical: number): Power {
  if (power === 0) return { to: (y) => Math.log(y / typical), back: (z) => typical * Math.exp(z), slope: () => 1 };
  return {
    to: (y) => ((y / typical) ** power - 1) / power,
    back: (z) => typical * Math.max(1e-4, 1 + power * z) ** (1 / power),
    slope: (y) => (y / typical) ** power,
  };
}
