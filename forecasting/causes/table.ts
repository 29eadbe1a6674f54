/** Values by dimension. */
export type Dims = Readonly<Record<string, string>>;

/** Alike in every dimension: how many now, and how many in the time before that is compared with. */
export interface Cell {
  readonly dims: Dims;
  readonly now: number;
  readonly before: number;
}

/** A place in the space of dimensions: one value for some of them. */
export type Combination = readonly (readonly [dimension: string, value: string])[];

export const matches = (dims: Dims, combination: Combination): boolean =>
  combination.every(([dimension, value]) => dims[dimension] === value);

export const nameOf = (combination: Combination): string =>
  combination.map(([dimension, value]) => `${dimension}=${value}`).join(" & ");

/** Exposure a ratio is pulled towards the whole's by: a handful of orders says nothing of a volume. */
const PULL = 5;

/**
 * How many of the events of a combination volume alone explains: those before, times how the exposure of it grew. Where
 * the growth is of one value of another dimension (a merchant's promotion), the events that value had before grow with
 * it; the largest of these explanations counts, so that what volume could explain is never called a cause.
 * @param exposures  tables of what events are out of; a table speaks of the dimensions its cells name
 */
export function expectedOf(
  cells: readonly Cell[],
  combination: Combination,
  exposures: readonly (readonly Cell[])[],
): number {
  const own = cells.filter(({ dims }) => matches(dims, combination));
  const base = own.reduce((sum, { before }) => sum + before, 0);
  let expected = base * growth(combination, exposures);
  for (const table of exposures) {
    for (const dimension of dimensionsOf(table)) {
      if (combination.some(([name]) => name === dimension)) continue;
      const byValue = new Map<string, number>();
      for (const { dims, before } of own) {
        const value = dims[dimension] ?? "";
        byValue.set(value, (byValue.get(value) ?? 0) + before);
      }
      let sum = 0;
      for (const [value, before] of byValue) sum += before * growth([[dimension, value]], exposures);
      expected = Math.max(expected, sum);
    }
  }
  return expected;
}

/** Exposure now over before, of the part of a combination that exposure is known by. */
function growth(combination: Combination, exposures: readonly (readonly Cell[])[]): number {
  const known = GROWTHS.get(exposures) ?? new Map<string, number>();
  GROWTHS.set(exposures, known);
  const name = nameOf(combination);
  const ratio = known.get(name) ?? growthOf(combination, exposures);
  known.set(name, ratio);
  return ratio;
}

const GROWTHS = new WeakMap<readonly (readonly Cell[])[], Map<string, number>>();

function growthOf(combination: Combination, exposures: readonly (readonly Cell[])[]): number {
  let best: { known: number; ratio: number } = { known: -1, ratio: 1 };
  for (const table of exposures) {
    const dimensions = dimensionsOf(table);
    const part = combination.filter(([name, value]) => dimensions.has(name) && value !== "");
    if (part.length <= best.known) continue;
    let [now, before, allNow, allBefore] = [0, 0, 0, 0];
    for (const cell of table) {
      allNow += cell.now;
      allBefore += cell.before;
      if (!matches(cell.dims, part)) continue;
      now += cell.now;
      before += cell.before;
    }
    const whole = allBefore > 0 ? allNow / allBefore : 1;
    best = { known: part.length, ratio: (now + PULL * whole) / (before + PULL) };
  }
  return best.ratio;
}

const DIMENSIONS = new WeakMap<readonly Cell[], Set<string>>();

function dimensionsOf(table: readonly Cell[]): Set<string> {
  let known = DIMENSIONS.get(table);
  if (!known) {
    known = new Set(table.flatMap(({ dims }) => Object.keys(dims)));
    DIMENSIONS.set(table, known);
  }
  return known;
}
