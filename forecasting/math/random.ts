const STEP = 0x6d2b79f5;

/** Uniform numbers in [0, 1) from a 32-bit seed (mulberry32): the same seed gives the same sequence everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + STEP) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/**
 * One of `parts` stretches of `seededRandom(seed)`, so that work can be split: none reaches into another as long as each
 * draws less than 2^32 / parts numbers.
 */
export function seededPart(seed: number, part: number, parts: number): () => number {
  return seededRandom(seed + Math.imul(STEP, Math.floor((part * 2 ** 32) / parts)));
}
