import { dispersionOf, threshold } from "../../forecasting/flow/evidence.ts";
import { incidentId, type Open, type Said } from "./incident.ts";
import type { Series } from "./series.ts";
import type { Watched } from "./watched.ts";

const HOUR_MS = 3_600_000;
/** So many expected scans without one, and a feed may be silent: nothing else is concluded from its parcels. */
const SUSPECT = 2;
/** A silence is none as long as it is shorter than this many times what the feed is known for. */
const HABIT = 2;
/** So much other stages must owe as well: with less it may be the one stage that stopped. */
const ELSEWHERE = 3;
const SHORTEST = 3;
/** Scans that show that data comes again: not just a straggler. */
const BACK = 3;
const BACK_SHARE = 0.3;

/** A feed in one hour: what it brought and what was to be expected of it. */
export interface Heard {
  readonly series: Series;
  readonly watched: Watched;
  readonly expected: number;
  /** Events expected in the longest silence it had before this one, which lasts since an hour. */
  readonly longest: (since: number) => number;
  /** Events owed by the stages of this place other than the one that owes most. */
  elsewhere: number;
}

export interface Silences {
  /** Open ones by place. Changed by `hear`. */
  readonly open: Map<string, Open>;
  /** Places of which nothing is concluded: silent, or perhaps. */
  readonly doubtful: ReadonlySet<string>;
  readonly said: readonly Said[];
}

/**
 * Listens to all feeds for one hour. A feed is silent when as long a silence has a probability, under its own rates
 * by hour of week, that all feeds together reach less than `perWeek` times a week. Counted is when things happened:
 * stragglers from before the silence do not break it.
 */
export function hear(open: Map<string, Open>, feeds: readonly Heard[], hour: number, perWeek: number): Silences {
  const said: Said[] = [];
  const doubtful = new Set<string>();
  const limit = threshold(feeds.length, perWeek);
  for (const feed of feeds) {
    const { series, watched, expected } = feed;
    const incident = open.get(series.place);
    const news = listen(feed, hour);
    const score = watched.due / dispersionOf(watched.spread);
    if (incident) {
      doubtful.add(series.place);
      if (!incident.back && !news) {
        incident.last = hour;
        incident.expected += expected;
        if (incident.expected >= 2 * incident.saidSize) {
          incident.saidSize = incident.expected;
          said.push({ incident: { ...incident }, change: "grew", hour, waiting: series.waiting });
        }
        continue;
      }
      const [observed, due] = incident.back ?? [0, 0];
      incident.back = [observed + series.passing, due + expected];
      if (incident.back[0] >= Math.max(BACK, BACK_SHARE * incident.back[1])) {
        open.delete(series.place);
        watched.due = 0;
        said.push({ incident, change: "resolved", hour, waiting: series.waiting });
      } else if (score >= SUSPECT && !news) incident.back = undefined;
      continue;
    }
    const oneStage = feed.elsewhere < ELSEWHERE;
    if (!news && score >= SUSPECT && !oneStage) doubtful.add(series.place);
    if (oneStage || score < limit || watched.due < SHORTEST || explained(open, series)) continue;
    if (watched.due < HABIT * feed.longest(Math.floor(watched.last / HOUR_MS) + 1)) continue;
    const opened: Open = {
      id: incidentId("silence", series.place, (hour + 1) * HOUR_MS),
      measure: "silence",
      dimension: series.dimension,
      value: series.value,
      stage: "scans",
      change: "stop",
      since: Math.floor(watched.last / HOUR_MS),
      opened: hour,
      last: hour,
      observed: 0,
      expected: watched.due,
      saidSize: watched.due,
      score,
      parcels: 0,
      back: undefined,
    };
    open.set(series.place, opened);
    doubtful.add(series.place);
    said.push({ incident: { ...opened }, change: "opened", hour, waiting: series.waiting });
  }
  return { open, doubtful, said };
}

/** When nothing comes from anywhere, it is one silence and not that of everybody. */
const explained = (open: ReadonlyMap<string, Open>, { dimension }: Series): boolean =>
  dimension !== "all" && open.has("all|all");

/** @returns whether something was heard that happened after all that was heard before */
function listen({ series, watched, expected }: Heard, hour: number): boolean {
  const end = (hour + 1) * HOUR_MS;
  if (series.latest <= watched.last) {
    watched.due += expected;
    return false;
  }
  const here = series.latest >= hour * HOUR_MS;
  watched.due = here
    ? (expected * (end - series.latest)) / HOUR_MS
    : ((watched.due + expected) * (end - series.latest)) / Math.max(1, end - watched.last);
  watched.last = series.latest;
  return true;
}
