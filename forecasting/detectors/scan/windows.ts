/** A stretch of time steps first..last, both included. */
export type TimeWindow = { readonly first: number; readonly last: number };

export type Extent = "spatial" | "retrospective" | "prospective";

/** Windows of up to maxDuration steps: the whole period; any; or those that last to the end. */
export function timeWindows(steps: number, extent: Extent, maxDuration: number): readonly TimeWindow[] {
  if (extent === "spatial") return [{ first: 0, last: steps - 1 }];
  const windows: TimeWindow[] = [];
  for (let last = extent === "prospective" ? steps - 1 : 0; last < steps; last++) {
    for (let first = last; first >= 0 && last - first < maxDuration; first--) windows.push({ first, last });
  }
  return windows;
}

/** Sums of values (locations, steps; row-major) over each window, into out[(location * windows + w) * stride + at]. */
export function windowSums(
  values: Float64Array,
  steps: number,
  windows: readonly TimeWindow[],
  out: Float64Array | Float32Array,
  stride = 1,
  at = 0,
): void {
  const prefix = new Float64Array(steps + 1);
  for (let location = 0; location * steps < values.length; location++) {
    for (let t = 0; t < steps; t++) prefix[t + 1] = (prefix[t] as number) + (values[location * steps + t] as number);
    for (let w = 0; w < windows.length; w++) {
      const { first, last } = windows[w] as TimeWindow;
      const sum = (prefix[last + 1] as number) - (prefix[first] as number);
      out[(location * windows.length + w) * stride + at] = sum;
    }
  }
}
