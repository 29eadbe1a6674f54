/**
 * Season blocks of the steps up to t for Farrington's reference set: `periods` marks the windows of 2w+1 steps around the
 * same time of past years and the w steps before t; 1..periods-1 divide the stretches between, the longer ones first.
 * @returns blocks of steps 0..t, shape (t + 1,); 0 for steps not used
 * @throws RangeError when the stretches are too short for so many blocks, or the windows reach before the first step
 * @see Noufaily et al. (2013), Statistics in Medicine 32, figure 3
 */
export function seasonBlocks(t: number, freq: number, b: number, w: number, periods: number): Uint16Array {
  const blocks = new Uint16Array(t + 1);
  blocks.fill(periods, Math.max(0, t - w));
  for (let year = 1; year <= b; year++) {
    const reference = t - year * freq;
    // The oldest window may reach a little before the first step; what exists of it is used.
    if (reference < 0)
      throw new RangeError(`b: expected the same time ${b} years before step ${t + 1}, which has none`);
    blocks.fill(periods, Math.max(0, reference - w), reference + w + 1);
    if (periods === 1) continue;
    const stretch = freq - 2 * w - 1;
    if (stretch < periods - (2 * w + 1)) throw new RangeError(`noPeriods: ${periods} are too many for freq ${freq}`);
    const length = Math.floor(stretch / (periods - 1));
    const longer = stretch % (periods - 1);
    let at = reference + w + 1;
    for (let block = 1; block < periods; block++) {
      const next = at + length + (block <= longer ? 1 : 0);
      blocks.fill(block, at, next);
      at = next;
    }
  }
  return blocks;
}
