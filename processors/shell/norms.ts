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
/** Answers kept for a stage of a version: some megabytes at most. */
const MOST_ANSWERS = 50_000;

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
  const asked = new WeakMap<StageNorm, Map<string, number>>();
  function knownHours(norm: StageNorm, about: Asked, quantile: Quantile): number {
    let answers = asked.get(norm);
    if (answers === undefined) {
      answers = new Map();
      asked.set(norm, answers);
    }
    const { service, carrier, origin, destination, weekday } = about;
    const key = `${quantile}\n${service}\n${carrier}\n${origin}\n${destination}\n${weekday}`;
    let hours = answers.get(key);
    if (hours === undefined) {
      if (answers.size >= MOST_ANSWERS) answers.clear();
      hours = hoursOf(norm, about, quantile, top);
      answers.set(key, hours);
    }
    return hours;
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
    const question = { ...about, weekday: calendar.weekdayOf(localDay(calendar, since)) };
    return { version, rhythm, hours: (quantile: Quantile) => knownHours(norm, question, quantile) };
  }

  return {
    until(stage, since, about, quantile) {
      const found = learned(stage, since, about);
      if (found === undefined) return undefined;
      const { version, rhythm } = found;
      const hours = found.hours(quantile);
      const at = afterWork(calendar, rhythm, since, hours * HOUR);
      const least = quantile === "limit" ? since + version.body.atLeast : since;
      return { at: Math.max(at, least), hours: Math.round(hours * 10) / 10, version: version.version };
    },
    tooShort(stage, since, until, about) {
      const found = learned(stage, since, about);
      return found !== undefined && workBetween(calendar, found.rhythm, since, until) < found.hours("shortest") * HOUR;
    },
  };
}
