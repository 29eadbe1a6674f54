import type { Open, Said } from "./incident.ts";
import { type Completeness, judgeHour } from "./judge.ts";
import { createMasks, type Mask, type Masks } from "./masks.ts";
import type { Memory } from "./memory.ts";
import { type Movement, placeOf } from "./movements.ts";
import type { FlowPolicy } from "./policy.ts";
import { closeHour, noSeries, openHour, PAST, relearn, take, unlearn } from "./series.ts";
import { loadWatched, saveWatched } from "./watched.ts";

const HOUR_MS = 3_600_000;

/** What is kept with the cursor: conclusions. Counts are read again. */
export interface Saved {
  /** First hour that was not gone through, hours since 1970. */
  readonly next: number;
  readonly watched: Parameters<typeof loadWatched>[0];
  readonly flow: readonly [string, Open][];
  readonly silent: readonly [string, Open][];
  readonly masks: readonly Mask[];
}

/** Counts and conclusions between two hours. */
export interface Running {
  next: number;
  readonly memory: Memory;
  readonly masks: Masks;
  readonly holiday: (hour: number) => boolean;
  /** Regions whose top was said. */
  readonly regions: Set<string>;
}

/** Conclusions as they were when the hour `next` began; the counts are still to be taken again. */
export function resume(saved: Saved, policy: FlowPolicy, holiday: (hour: number) => boolean): Running {
  const memory: Memory = {
    series: noSeries(),
    watched: loadWatched(saved.watched),
    flow: new Map(saved.flow),
    silent: new Map(saved.silent),
  };
  const masks = createMasks(saved.masks, policy.adaptAfter / HOUR_MS, holiday);
  return { memory, masks, next: saved.next, holiday, regions: new Set() };
}

export const save = ({ memory, masks, next }: Running): Saved => ({
  next,
  watched: saveWatched(memory.watched),
  flow: [...memory.flow],
  silent: [...memory.silent],
  masks: masks.save().map((mask) => ({ ...mask })),
});

/** Counts an hour that was judged before. @param since  hours before it are not counted again */
export function recount({ memory, masks }: Running, hour: number, moved: readonly Movement[], since: number): void {
  openHour(memory.series, hour);
  for (const movement of moved) take(memory.series, movement, since, masks.within);
  closeHour(memory.series, hour, masks.masked);
}

/** Hours of an incident that does not outlast two days. */
const BRIEF = 48;

/** A scan that happened in a silence of its feed is known only now: the feed was silent, and not idle. */
function tellMasks(masks: Masks, { keys, at, hour }: Movement): void {
  const happened = Math.floor(at / HOUR_MS);
  if (happened === hour) return;
  for (const key of keys) if (key.startsWith(SCANS)) masks.tell(key.slice(SCANS.length), happened);
}
const SCANS = "scans|";

/** Goes through one hour: all that became known in it, in any order. */
export function advance(
  running: Running,
  hour: number,
  moved: readonly Movement[],
  policy: FlowPolicy,
): { readonly said: readonly Said[]; readonly completeness: readonly Completeness[] } {
  const { memory, masks } = running;
  openHour(memory.series, hour);
  for (const movement of moved) {
    take(memory.series, movement, 0, masks.within);
    tellMasks(masks, movement);
  }
  const troubled = (place: string) => masks.troubled(place, hour);
  const judged = judgeHour(memory, { hour, holiday: running.holiday(hour), troubled, masked: masks.masked }, policy);
  for (const { change, incident } of judged.said) {
    const place = placeOf(incident.dimension, incident.value);
    if (change === "opened") {
      unlearn(memory.series, place, incident.since, hour, masks.masked);
      masks.open(place, incident.since);
    } else if (change === "resolved") {
      masks.close(place, hour + 1, incident.measure === "silence" ? incident.expected : 0);
      // What was over so soon may be how this place is: the next time it is no surprise.
      if (incident.measure !== "silence" && incident.last + 1 - incident.since < BRIEF) {
        relearn(memory.series, masks.lift(place, hour + 1), hour, masks.masked);
      }
    }
  }
  for (const mask of masks.liftUntold(hour)) relearn(memory.series, mask, hour, masks.masked);
  closeHour(memory.series, hour, masks.masked);
  masks.forget(hour - PAST - 1);
  running.next = hour + 1;
  return judged;
}
