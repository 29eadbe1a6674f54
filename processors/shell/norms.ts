import { afterWork, type Calendar, localDay, type Rhythm, workBetween } from "../../forecasting/dwell/calendar.ts";
import { type Asked, hoursOf, type Quantile, type StageNorm } from "../../forecasting/dwell/norm.ts";

/** Stages norms are learned for: those an order waits in, a round after a failed one, and the whole way. */
export const NORM_STAGES = ["payment", "pickup", "transit", "hub", "customs", "delivery", "redelivery", "way"] as const;
export type NormStage = (typeof NORM_STAGES)[number];

/** What one version says: the body of a row of `norms`. */
export interface NormBody {
  readonly stages: Readonly<Partial<Record<NormStage, StageNorm>>>;
  readonly rhythms: Readonly<Partial<Record<NormStage, Readonly<Record<string, Rhythm>>>>>;
  /** No limit is shorter, ms. */
  readonly atLeast: number;
}

export interface Version {
  /** ms. */
  readonly from: number;
  readonly version: string;
  readonly body: NormBody;
}

export type About = Omit<Asked, "weekday">;

/** What an order's wait is measured with. Everything depends on its arguments and on versions that never change. */
export interface Norms {
  /**
   * The moment until which a wait that began at `since` is normal, or half or nearly all of them are over.
   * @returns undefined where nothing was learned by then
   */
  until(stage: NormStage, since: number, about: About, quantile: Quantile): Deadline | undefined;
  /** Whether a wait is shorter than hardly any is. */
  tooShort(stage: NormStage, since: number, until: number, about: About): boolean;
}

export interface Deadline {
  /** ms. */
  readonly at: number;
  /** Hours of working time. */
  readonly hours: number;
  readonly version: string;
}

/** Nothing is known: the fixed limits hold. */
export const NO_NORMS: Norms = { until: () => undefined, tooShort: () => false };

const HOUR = 3_600_000;
const QUANTILES: readonly Quantile[] = ["shortest", "typical", "likely", "limit"];
/** Who may ask that answers are kept for, of a stage of a version: some megabytes at most. */
const MOST_ASKING = 10_000;

interface Answers {
  /** Hours by weekday and quantile, NaN where nobody asked yet; to be filled. */
  of(about: About): Float64Array;
}

/** By one name after the other: those are the same strings again and again, and a text made of them is a new one. */
function createAnswers(): Answers {
  type Names<Value> = Map<string, Value>;
  const lanes: Names<Names<Names<Names<Float64Array>>>> = new Map();
  let asking = 0;
  return {
    of({ origin, destination, service, carrier }) {
      const known = lanes.get(origin)?.get(destination)?.get(service)?.get(carrier);
      if (known) return known;
      if (asking >= MOST_ASKING) {
        lanes.clear();
        asking = 0;
      }
      asking += 1;
      const hours = new Float64Array(7 * QUANTILES.length).fill(Number.NaN);
      under(under(under(lanes, origin), destination), service).set(carrier, hours);
      return hours;
    },
  };
}

function under<Value>(names: Map<string, Map<string, Value>>, name: string): Map<string, Value> {
  let found = names.get(name);
  if (found === undefined) {
    found = new Map();
    names.set(name, found);
  }
  return found;
}

/**
 * @param versions  ascending by `from`; more may be added behind while they are in use
 * @param disorder  how far an event may be ahead of its partition's watermark, ms: the norm in force is that of the
 *                  watermark, since a later one may not be known yet
 */
export function normsOf(
  versions: readonly Version[],
  calendar: Calendar,
  above: (region: string) => string | undefined,
  disorder: number,
): Norms {
  const tops = new Map<string, string>();
  const top = (region: string): string => {
    let known = tops.get(region);
    if (known === undefined) {
      const parent = above(region);
      known = parent === undefined ? region : top(parent);
      tops.set(region, known);
    }
    return known;
  };

  /** Orders of a lane ask for the same few numbers again and again. */
  const asked = new WeakMap<StageNorm, Answers>();
  function knownHours(norm: StageNorm, about: About, weekday: number, quantile: Quantile): number {
    let answers = asked.get(norm);
    if (answers === undefined) {
      answers = createAnswers();
      asked.set(norm, answers);
    }
    const hours = answers.of(about);
    const at = weekday * QUANTILES.length + QUANTILES.indexOf(quantile);
    if (Number.isNaN(hours[at])) hours[at] = hoursOf(norm, { ...about, weekday }, quantile, top);
    return hours[at] as number;
  }

  function inForce(since: number): Version | undefined {
    let [low, high] = [0, versions.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((versions[middle] as Version).from <= since - disorder) low = middle + 1;
      else high = middle;
    }
    return versions[low - 1];
  }

  function learned(stage: NormStage, since: number, about: About) {
    const version = inForce(since);
    const norm = version?.body.stages[stage];
    if (version === undefined || norm === undefined) return undefined;
    const rhythms = version.body.rhythms[stage] ?? {};
    const rhythm = (Object.hasOwn(rhythms, about.carrier) ? rhythms[about.carrier] : undefined) ?? rhythms[""];
    if (rhythm === undefined) return undefined;
    return { version, norm, rhythm, weekday: calendar.weekdayOf(localDay(calendar, since)) };
  }

  return {
    until(stage, since, about, quantile) {
      const found = learned(stage, since, about);
      if (found === undefined) return undefined;
      const { version, norm, rhythm, weekday } = found;
      const hours = knownHours(norm, about, weekday, quantile);
      const at = afterWork(calendar, rhythm, since, hours * HOUR);
      const least = quantile === "limit" ? since + version.body.atLeast : since;
      return { at: Math.max(at, least), hours: Math.round(hours * 10) / 10, version: version.version };
    },
    tooShort(stage, since, until, about) {
      const found = learned(stage, since, about);
      if (found === undefined) return false;
      const { norm, rhythm, weekday } = found;
      return workBetween(calendar, rhythm, since, until) < knownHours(norm, about, weekday, "shortest") * HOUR;
    },
  };
}
