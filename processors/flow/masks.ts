/** Hours at a place that are not learned from: an incident, until it was over. Hours since 1970. */
export interface Mask {
  readonly place: string;
  readonly from: number;
  until: number | null;
  /** Of a silence: events that were told afterwards, and how many were missing. */
  told: number;
  missing: number;
}

const WEEK = 168;
/** How long a backlog may take to come, hours after data is back. */
const BACKLOG = 24;
/** What is missing was there, and only late, from this share on. */
const TOLD = 0.1;

export interface Masks {
  masked(place: string, hour: number): boolean;
  /** Whether the place, all of them, or a carrier was in trouble within a week; for all of them, whether any was. */
  troubled(place: string, hour: number): boolean;
  /** Whether a place was in an incident in an hour, however long that lasted. */
  within(place: string, hour: number): boolean;
  /** Something that happened at a place in an hour was told late. */
  tell(place: string, hour: number): void;
  open(place: string, from: number): void;
  /** @param missing  events of a silence; 0 for other incidents */
  close(place: string, until: number, missing: number): void;
  /** Takes back a mask: those hours were normal after all. */
  lift(place: string, until: number): Mask | undefined;
  /** Takes back the masks of silences nobody told anything of afterwards: there was nothing to tell. */
  liftUntold(hour: number): Mask[];
  /** Forgets what ended before an hour. */
  forget(before: number): void;
  save(): readonly Mask[];
}

/** @param adaptHours  what lasts longer than this is the new normal, and learned from again */
export function createMasks(saved: readonly Mask[], adaptHours: number, holiday: (hour: number) => boolean): Masks {
  let masks: Mask[] = saved.map((mask) => ({ ...mask }));
  const of = new Map<string, Mask[]>();
  const index = () => {
    of.clear();
    for (const mask of masks) of.set(mask.place, [...(of.get(mask.place) ?? []), mask]);
  };
  index();
  const wide = (place: string) => place.startsWith("carrier|") || place.startsWith("all|");
  const end = (mask: Mask) => mask.until ?? Number.POSITIVE_INFINITY;
  /** What a mask kept from being learned. */
  const cut = (mask: Mask): Mask => ({ ...mask, until: Math.min(end(mask), mask.from + adaptHours) });
  const drop = (gone: readonly Mask[]) => {
    if (gone.length === 0) return;
    masks = masks.filter((mask) => !gone.includes(mask));
    index();
  };
  return {
    masked: (place, hour) =>
      holiday(hour) ||
      (of.get(place) ?? []).some((mask) => hour >= mask.from && hour < Math.min(end(mask), mask.from + adaptHours)),
    troubled: (place, hour) =>
      masks.some(
        (mask) =>
          (mask.place === place || place === "all|all" || wide(mask.place)) && (mask.until ?? hour) > hour - WEEK,
      ),
    within: (place, hour) => (of.get(place) ?? []).some((mask) => hour >= mask.from && hour < end(mask)),
    tell(place, hour) {
      for (const mask of of.get(place) ?? []) if (hour >= mask.from && hour < end(mask)) mask.told += 1;
    },
    open(place, from) {
      masks.push({ place, from, until: null, told: 0, missing: 0 });
      index();
    },
    close(place, until, missing) {
      for (const mask of of.get(place) ?? []) if (mask.until === null) Object.assign(mask, { until, missing });
    },
    lift(place, until) {
      const mask = (of.get(place) ?? []).find((one) => one.until === until);
      if (mask) drop([mask]);
      return mask && cut(mask);
    },
    liftUntold(hour) {
      const untold = masks.filter(
        ({ until, missing, told }) =>
          missing > 0 && until !== null && until + BACKLOG === hour && told < TOLD * missing,
      );
      drop(untold);
      return untold.map(cut);
    },
    forget(before) {
      drop(masks.filter(({ until }) => until !== null && until <= before));
    },
    save: () => masks,
  };
}
