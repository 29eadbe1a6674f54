/**
 * Maximises a smooth function by resilient steps (Rprop-): each parameter has a step that grows while its gradient
 * keeps its sign and shrinks when it turns. Needs no line search, so the cost is known beforehand; the best point seen
 * is returned.
 */
export function climb(
  start: Float64Array,
  f: (theta: Float64Array) => { value: number; gradient: Float64Array },
  rounds: number,
  firstStep = 0.15,
): Float64Array {
  const theta = start.slice();
  const steps = new Float64Array(theta.length).fill(firstStep);
  const before = new Float64Array(theta.length);
  let best = { value: Number.NEGATIVE_INFINITY, theta: theta.slice() };
  for (let round = 0; round < rounds; round++) {
    const { value, gradient } = f(theta);
    if (value > best.value) best = { value, theta: theta.slice() };
    let largest = 0;
    for (let i = 0; i < theta.length; i++) {
      const g = gradient[i] as number;
      const turn = g * (before[i] as number);
      if (turn > 0) steps[i] = Math.min(0.8, (steps[i] as number) * 1.3);
      else if (turn < 0) steps[i] = Math.max(1e-3, (steps[i] as number) * 0.5);
      theta[i] = (theta[i] as number) + Math.sign(g) * (steps[i] as number);
      before[i] = g;
      largest = Math.max(largest, steps[i] as number);
    }
    if (largest < 5e-3) break;
  }
  return best.theta;
}
