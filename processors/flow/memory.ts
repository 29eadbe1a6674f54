import type { Open } from "./incident.ts";
import type { Key } from "./movements.ts";
import type { AllSeries, Series } from "./series.ts";
import type { Watched } from "./watched.ts";

/** All that is remembered between two hours. */
export interface Memory {
  readonly series: AllSeries;
  readonly watched: Map<Key, Watched>;
  /** Open incidents of parcels, and of data, by place. */
  readonly flow: Map<string, Open>;
  readonly silent: Map<string, Open>;
}

/** One judged series in one hour. */
export interface Judged {
  readonly series: Series;
  readonly watched: Watched;
  low: number;
  high: number;
  /** Of the low expectation: what other places have in common. */
  factor: number;
}
