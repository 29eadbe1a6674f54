/** Uniform numbers in [0, 1); the same seed gives the same sequence everywhere. */
export type Random = () => number;

/** A good 32-bit mixing of two numbers (the finaliser of MurmurHash3): neighbouring inputs give unrelated outputs. */
export function mix(a: number, b: number): number {
  let h = (Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 0x7f4a7c15, 0x85ebca6b)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The generator sfc32, small and of good quality. */
export function random(seed: number): Random {
  let a = mix(seed, 1);
  let b = mix(seed, 2);
  let c = mix(seed, 3);
  let counter = 1;
  const next = () => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 8; i++) next();
  return next;
}

export const chance = (r: Random, p: number): boolean => r() < p;
export const between = (r: Random, low: number, high: number): number => low + (high - low) * r();
export const whole = (r: Random, low: number, high: number): number => Math.floor(between(r, low, high + 1));
export const exponential = (r: Random, mean: number): number => -mean * Math.log(1 - r());

const normal = (r: Random): number => Math.sqrt(-2 * Math.log(1 - r())) * Math.cos(2 * Math.PI * r());
/** Skewed waiting times: half of them below `median`. */
export const lognormal = (r: Random, median: number, sigma: number): number => median * Math.exp(sigma * normal(r));

/** A count with the given mean; exact below 30, rounded normal above. */
export function poisson(r: Random, mean: number): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(r)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = r(); product > limit; product *= r()) count++;
  return count;
}

export function pick<T>(r: Random, items: readonly T[]): T {
  const item = items[Math.floor(r() * items.length)];
  if (item === undefined) throw new RangeError("expected at least one item to pick from");
  return item;
}

/** Draws items in proportion to their weights. */
export function weighted<T>(items: readonly T[], weight: (item: T, index: number) => number): (r: Random) => T {
  const upTo: number[] = [];
  let total = 0;
  for (const [index, item] of items.entries()) {
    total += weight(item, index);
    upTo.push(total);
  }
  return (r) => {
    const wanted = r() * total;
    let [low, high] = [0, upTo.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((upTo[middle] ?? 0) > wanted) high = middle;
      else low = middle + 1;
    }
    return items[low] as T;
  };
}
