/** Sample mean and standard deviation (n - 1) of values[from..to), missing ones left out. */
export function moments(values: Float64Array, from: number, to: number): { n: number; mean: number; sd: number } {
  let n = 0;
  let sum = 0;
  for (let i = from; i < to; i++) {
    const v = values[i] as number;
    if (Number.isNaN(v)) continue;
    n++;
    sum += v;
  }
  const mean = sum / n;
  let squares = 0;
  for (let i = from; i < to; i++) {
    const d = (values[i] as number) - mean;
    if (!Number.isNaN(d)) squares += d * d;
  }
  return { n, mean, sd: Math.sqrt(squares / (n - 1)) };
}
