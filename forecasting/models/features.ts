import { DAY, type Panel, timeOf, weekday } from "../series/panel.ts";

/** A driver on a scale on which equal steps are about equally common: heavy tails saturate as log(1 + x/typical). */
export function tame(values: Float64Array, until: number): Float64Array {
  const known = values.slice(0, until).sort();
  if (known.length === 0 || (known[0] as number) < 0) return standardise(values, until);
  const positive = known.filter((v) => v > 0);
  const median = positive[positive.length >> 1] ?? 1;
  const top = known[Math.floor(0.98 * (known.length - 1))] as number;
  const heavy = positive.length < 0.7 * known.length || top > 6 * median;
  return standardise(heavy ? values.map((v) => Math.log1p(Math.max(0, v) / median)) : values, until);
}

/** Zero mean and unit deviation over the training moments; values ahead are kept within what training has seen. */
export function standardise(values: Float64Array, until: number): Float64Array {
  let mean = 0;
  for (let i = 0; i < until; i++) mean += values[i] as number;
  mean /= until || 1;
  let square = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < until; i++) {
    const v = values[i] as number;
    square += (v - mean) ** 2;
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const sd = Math.sqrt(square / (until || 1));
  if (!(sd > 1e-12)) return new Float64Array(values.length);
  // A little beyond the range is believed, far beyond is not.
  const slack = 0.25 * (high - low);
  return values.map((v) => (Math.max(low - slack, Math.min(high + slack, v)) - mean) / sd);
}

/** Mean of the values `from` to `to` moments ago (inclusive); fewer at the start. */
export function laggedMean(values: Float64Array, from: number, to: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    let sum = 0;
    let count = 0;
    for (let k = from; k <= to; k++) {
      const j = Math.max(0, i - k);
      sum += values[j] as number;
      count++;
    }
    result[i] = sum / count;
  }
  return result;
}

/** Place in the shortest cycle: hour of the week, weekday, or nothing for weeks. */
export function cycleOf(panel: Panel): Int32Array {
  const { step, length } = panel;
  if (step > DAY) return new Int32Array(length);
  return Int32Array.from({ length }, (_, i) => {
    const time = timeOf(panel, i);
    return step === DAY ? weekday(time) : weekday(time) * 24 + new Date(time).getUTCHours();
  });
}

/** 1 on weekends and on days flagged as a holiday, else 0. */
export function restDays(panel: Panel, group: number): Int32Array {
  const holiday = panel.drivers.findIndex((driver) => /^(is_?)?(public_?)?holiday$/i.test(driver.name));
  const flag = panel.groups[group]?.drivers[holiday];
  return Int32Array.from({ length: panel.length }, (_, i) => {
    const day = weekday(timeOf(panel, i));
    return panel.step <= DAY && (day === 0 || day === 6 || (flag?.[i] as number) > 0) ? 1 : 0;
  });
}
