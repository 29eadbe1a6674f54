/** Ramps kept before hours that begin no day: those of an hour's windows, and some. */
const MOST_RECENT = 32;

/**
 * Counts by whole hour since 1970, kept where there are any. Sums over spans, and sums over spans of lagged counts,
 * take a binary search: `ramp(k)` is the sum over j < k of all counts before hour j, so any span of any lags is four of them.
 */
export class SparseHours {
  #hours: number[] = [];
  #counts: number[] = [];
  /** Before entry i: the counts, and the counts times their hours. Whole numbers, so differences are exact. */
  #mass: number[] = [0];
  #moment: number[] = [0];
  /** Ramps at many lags before an hour, kept while nothing earlier changes: days are looked at again and again. */
  #kept = new Map<number, Float64Array>();
  #keptTo = 0;
  /** The same before any hour, for as long as nothing earlier comes: many series rest on the same counts. */
  readonly #recent = new Map<number, Float64Array>();
  #recentTo = 0;

  add(hour: number, n: number): void {
    if (hour < this.#keptTo) this.#drop();
    if (hour < this.#recentTo) this.#forgetRecent();
    const last = this.#hours.length - 1;
    if (last >= 0 && (this.#hours[last] as number) > hour) {
      this.#insert(hour, n);
      return;
    }
    if (last >= 0 && this.#hours[last] === hour) {
      this.#counts[last] = (this.#counts[last] as number) + n;
      this.#mass[last + 1] = (this.#mass[last + 1] as number) + n;
      this.#moment[last + 1] = (this.#moment[last + 1] as number) + n * hour;
      return;
    }
    this.#hours.push(hour);
    this.#counts.push(n);
    this.#mass.push((this.#mass[last + 1] as number) + n);
    this.#moment.push((this.#moment[last + 1] as number) + n * hour);
  }

  /** Sum of the hours [from, to). */
  sum(from: number, to: number): number {
    return (this.#mass[this.#below(to)] as number) - (this.#mass[this.#below(from)] as number);
  }

  /** The sums of all hours before `from`, `from + 1`, ..., `to`; differences of them are sums of what lies between. */
  sumsBefore(from: number, to: number): Float64Array {
    const sums = new Float64Array(to - from + 1);
    let entry = this.#below(from);
    for (let hour = from; hour <= to; hour++) {
      while (entry < this.#hours.length && (this.#hours[entry] as number) < hour) entry++;
      sums[hour - from] = this.#mass[entry] as number;
    }
    return sums;
  }

  ramp(k: number): number {
    const i = this.#below(k - 1);
    return (k - 1) * (this.#mass[i] as number) - (this.#moment[i] as number);
  }

  /** The ramps at `k + 1 - edge` for every edge. The array is shared: it must not be changed. */
  ramps(k: number, edges: readonly number[]): Float64Array {
    const known = this.#kept.get(k) ?? this.#recent.get(k);
    if (known) return known;
    const out = new Float64Array(edges.length);
    for (let j = 0; j < edges.length; j++) out[j] = this.ramp(k - (edges[j] as number) + 1);
    if (k % 24 === 0) {
      this.#kept.set(k, out);
      this.#keptTo = Math.max(this.#keptTo, k);
    } else {
      if (this.#recent.size >= MOST_RECENT) this.#recent.clear();
      this.#recent.set(k, out);
      this.#recentTo = Math.max(this.#recentTo, k);
    }
    return out;
  }

  /** Drops what lies before an hour: spans that begin later are what they were. */
  forget(before: number): void {
    const gone = this.#below(before);
    if (gone === 0) return;
    this.#drop();
    this.#hours.splice(0, gone);
    this.#counts.splice(0, gone);
    this.#rebuild(0);
  }

  #drop(): void {
    this.#kept.clear();
    this.#keptTo = 0;
    this.#forgetRecent();
  }

  #forgetRecent(): void {
    this.#recent.clear();
    this.#recentTo = 0;
  }

  /** Entries at hours below `hour`. */
  #below(hour: number): number {
    const hours = this.#hours;
    let low = 0;
    let high = hours.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((hours[middle] as number) < hour) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #insert(hour: number, n: number): void {
    const at = this.#below(hour);
    if (this.#hours[at] === hour) this.#counts[at] = (this.#counts[at] as number) + n;
    else {
      this.#hours.splice(at, 0, hour);
      this.#counts.splice(at, 0, n);
    }
    this.#rebuild(at);
  }

  #rebuild(from: number): void {
    this.#mass.length = this.#hours.length + 1;
    this.#moment.length = this.#hours.length + 1;
    for (let i = from; i < this.#hours.length; i++) {
      const n = this.#counts[i] as number;
      this.#mass[i + 1] = (this.#mass[i] as number) + n;
      this.#moment[i + 1] = (this.#moment[i] as number) + n * (this.#hours[i] as number);
    }
  }
}
