import type { CircleLimits, Zones } from "./zones.ts";

/**
 * Connected sets of any shape: for each centre, all sets of up to `size` neighbours that hold together and lie among its
 * `size` nearest. Exponential in size; 8 to 12 is practical.
 * @param distances  shape (n, n) row-major
 * @param adjacent   for each location, those it borders
 * @returns each set as a zone list of its own: only the whole of an order counts, see `whole`
 * @throws RangeError when the sets pass the limit
 * @see Tango and Takahashi (2005), International Journal of Health Geographics 4
 */
export function flexibleSets(
  distances: Float64Array,
  adjacent: readonly (readonly number[])[],
  population: Float64Array,
  size: number,
  limits: CircleLimits,
  mostSets = 2_000_000,
): readonly Int32Array[] {
  const n = population.length;
  const most = limits.maxPopulation * population.reduce((a, b) => a + b, 0);
  const found = new Map<string, Int32Array>();
  for (let centre = 0; centre < n; centre++) {
    const away = (j: number): number => distances[centre * n + j] as number;
    const near = Array.from({ length: n }, (_, j) => j)
      .filter((j) => away(j) <= limits.maxRadius)
      .sort((a, b) => (a === centre ? -1 : b === centre ? 1 : away(a) - away(b) || a - b))
      .slice(0, size);
    const allowed = new Set(near);
    // Each connected set with the centre once: extend by a border location, and bar those passed over (ESU).
    const extend = (members: number[], border: number[], barred: Set<number>, held: number): void => {
      if (members.length > 1 && held > most) return;
      const set = Int32Array.from(members).sort();
      found.set(set.join(), set);
      if (found.size > mostSets)
        throw new RangeError(`size: expected fewer than ${mostSets} sets, got more with ${size}`);
      const passed = new Set(barred);
      for (const j of border) {
        if (passed.has(j)) continue;
        passed.add(j);
        const inside = new Set(members);
        const next = (adjacent[j] ?? []).filter((k) => allowed.has(k) && !inside.has(k) && !passed.has(k));
        const rest = border.filter((k) => !passed.has(k));
        extend([...members, j], [...new Set([...rest, ...next])], passed, held + (population[j] as number));
      }
    };
    const first = (adjacent[centre] ?? []).filter((k) => allowed.has(k));
    extend([centre], first, new Set([centre]), population[centre] as number);
  }
  return [...found.values()];
}

/** The zones of sets of which only the whole counts. */
export function wholeSets(sets: readonly Int32Array[]): Zones & { readonly whole: true } {
  return { orders: sets, radii: sets.map((s) => new Float64Array(s.length).fill(Number.NaN)), whole: true };
}
