import { Matrix, pseudoInverse } from "ml-matrix";

export type Hierarchy = {
  /** Names of all nodes, totals included; the bottom ones last. */
  readonly nodes: readonly string[];
  /** Number of bottom nodes. */
  readonly bottom: number;
  /** Per node, the bottom nodes (0 .. bottom-1) it is the sum of. */
  readonly sums: readonly (readonly number[])[];
};

/**
 * A hierarchy from parents: `parentOf` gives each bottom or middle name its parent, undefined at the top.
 * @throws RangeError for a cycle
 */
export function hierarchyOf(bottomNames: readonly string[], parentOf: (name: string) => string | undefined): Hierarchy {
  const above = new Map<string, number[]>();
  bottomNames.forEach((name, b) => {
    const seen = new Set([name]);
    for (let parent = parentOf(name); parent !== undefined; parent = parentOf(parent)) {
      if (seen.has(parent)) throw new RangeError(`hierarchy: ${parent} is above itself`);
      seen.add(parent);
      const list = above.get(parent);
      if (list) list.push(b);
      else above.set(parent, [b]);
    }
  });
  const upper = [...above].sort((a, b) => b[1].length - a[1].length);
  return {
    nodes: [...upper.map(([name]) => name), ...bottomNames],
    bottom: bottomNames.length,
    sums: [...upper.map(([, list]) => list), ...bottomNames.map((_, b) => [b])],
  };
}

/** Bottom-up: every node is the sum of the bottom forecasts below it. */
export function bottomUp(hierarchy: Hierarchy, bottom: Float64Array): Float64Array {
  return Float64Array.from(hierarchy.sums, (list) => list.reduce((sum, b) => sum + (bottom[b] as number), 0));
}

/**
 * MinT: the coherent forecasts nearest to the base forecasts in the metric of their errors' covariance, which is
 * shrunk towards its diagonal as its size and the number of errors ask. Negative bottom values become zero.
 * @param base   base forecasts of all nodes
 * @param errors past one-issue errors, one array per node, equal lengths; too few (< 3) fall back on counting leaves
 * @returns      coherent forecasts of all nodes
 * @see Wickramasuriya, Athanasopoulos, Hyndman (2019), JASA 114; Schaefer & Strimmer (2005) for the shrinkage
 */
export function reconcile(hierarchy: Hierarchy, base: Float64Array, errors: readonly Float64Array[]): Float64Array {
  const m = hierarchy.nodes.length;
  const { bottom } = hierarchy;
  if (base.length !== m || errors.length !== m) {
    throw new RangeError(
      `reconcile: expected ${m} base forecasts and error series, got ${base.length} and ${errors.length}`,
    );
  }
  const s = Matrix.zeros(m, bottom);
  hierarchy.sums.forEach((list, i) => {
    for (const b of list) s.set(i, b, 1);
  });
  const w = shrunkCovariance(hierarchy, errors);
  const inverse = pseudoInverse(w);
  const gram = s.transpose().mmul(inverse).mmul(s);
  const right = s
    .transpose()
    .mmul(inverse)
    .mmul(Matrix.columnVector([...base]));
  const solved = pseudoInverse(gram).mmul(right);
  return bottomUp(
    hierarchy,
    Float64Array.from({ length: bottom }, (_, b) => Math.max(0, solved.get(b, 0))),
  );
}

function shrunkCovariance(hierarchy: Hierarchy, errors: readonly Float64Array[]): Matrix {
  const m = errors.length;
  const n = errors[0]?.length ?? 0;
  if (errors.some((e) => e.length !== n)) throw new RangeError("reconcile: expected error series of equal length");
  if (n < 3) return Matrix.diag(hierarchy.sums.map((list) => list.length));
  const means = errors.map((e) => e.reduce((a, b) => a + b, 0) / n);
  const sd = errors.map((e, i) => Math.sqrt(e.reduce((a, b) => a + (b - (means[i] as number)) ** 2, 0) / n) || 1e-9);
  const z = errors.map((e, i) => e.map((v) => (v - (means[i] as number)) / (sd[i] as number)));
  let uncertain = 0;
  let squared = 0;
  const correlation = Matrix.eye(m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < i; j++) {
      let r = 0;
      let rr = 0;
      for (let t = 0; t < n; t++) {
        const product = (z[i]?.[t] as number) * (z[j]?.[t] as number);
        r += product / n;
        rr += product * product;
      }
      uncertain += (rr / n - r * r) / (n - 1);
      squared += r * r;
      correlation.set(i, j, r);
      correlation.set(j, i, r);
    }
  }
  const shrink = squared > 0 ? Math.min(1, Math.max(0, uncertain / squared)) : 1;
  const w = Matrix.zeros(m, m);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < m; j++) {
      const r = i === j ? 1 : (1 - shrink) * correlation.get(i, j);
      w.set(i, j, r * (sd[i] as number) * (sd[j] as number));
    }
  }
  return w;
}
