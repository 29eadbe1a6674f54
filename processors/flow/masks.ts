/** Hours at a place that are not learned from: an incident, until it was over. */
export type Mask = [place: string, from: number, until: number | null];

const WEEK = 168;

/** @param adaptHours  what lasts longer than this is the new normal, and learned from again */
export function createMasks(
  saved: readonly Mask[],
  adaptHours: number,
  holiday: (hour: number) => boolean,
): {
  masked(place: string, hour: number): boolean;
  /** Whether the place, all of them, or a carrier was in trouble within a week; for all of them, whether any was. */
  troubled(place: string, hour: number): boolean;
  /** Whether a place was in an incident in an hour, however long that lasted. */
  within(place: string, hour: number): boolean;
  open(place: string, from: number): void;
  close(place: string, until: number): void;
  /** Forgets what ended before an hour. */
  forget(before: number): void;
  save(): readonly Mask[];
} {
  let masks: Mask[] = saved.map((mask) => [...mask]);
  const of = new Map<string, Mask[]>();
  const index = () => {
    of.clear();
    for (const mask of masks) of.set(mask[0], [...(of.get(mask[0]) ?? []), mask]);
  };
  index();
  const wide = (place: string) => place.startsWith("carrier|") || place.startsWith("all|");
  return {
    masked: (place, hour) =>
      holiday(hour) ||
      (of.get(place) ?? []).some(
        ([, from, until]) => hour >= from && hour < Math.min(until ?? Number.POSITIVE_INFINITY, from + adaptHours),
      ),
    troubled: (place, hour) =>
      masks.some(([at, , until]) => (at === place || place === "all|all" || wide(at)) && (until ?? hour) > hour - WEEK),
    within: (place, hour) =>
      (of.get(place) ?? []).some(([, from, until]) => hour >= from && hour < (until ?? Number.POSITIVE_INFINITY)),
    open(place, from) {
      masks.push([place, from, null]);
      index();
    },
    close(place, until) {
      for (const mask of masks) if (mask[0] === place && mask[2] === null) mask[2] = until;
    },
    forget(before) {
      const kept = masks.filter(([, , until]) => until === null || until > before);
      if (kept.length === masks.length) return;
      masks = kept;
      index();
    },
    save: () => masks,
  };
}
