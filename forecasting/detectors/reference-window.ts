/** Which earlier counts a method compares a step with: years back, half-window, and whether this year's last w count too. */
export type ReferenceWindow = { readonly b: number; readonly w: number; readonly actY: boolean };

/** Steps needed before the first that can be judged. */
export function windowHistory({ b, w }: ReferenceWindow, freq: number): number {
  return b * freq + w;
}

/** @throws RangeError for an empty or negative window */
export function checkWindow({ b, w, actY }: ReferenceWindow): void {
  if (!Number.isInteger(b) || b < 0) throw new RangeError(`b: expected a whole number of years, got ${b}`);
  if (!Number.isInteger(w) || w < 0) throw new RangeError(`w: expected a whole number of steps, got ${w}`);
  if (b === 0 && !(actY && w > 0)) throw new RangeError("b: expected 1 or more when actY is false or w is 0");
}

/** The reference counts of step t, missing ones left out. */
export function referenceValues(counts: Float64Array, t: number, freq: number, window: ReferenceWindow): Float64Array {
  const { b, w, actY } = window;
  const values: number[] = [];
  if (actY) for (let i = t - w; i < t; i++) values.push(counts[i] as number);
  for (let year = 1; year <= b; year++) {
    for (let i = t - year * freq - w; i <= t - year * freq + w; i++) values.push(counts[i] as number);
  }
  return Float64Array.from(values.filter((v) => !Number.isNaN(v)));
}
