import { DAY_MS } from "./clock.ts";
import type { Course } from "./course.ts";

/** Days of promises looked ahead at: on most lanes longer than a parcel takes, and short enough for the risks to say something. */
export const DAYS_AHEAD = 14;

/** Orders to one destination whose promise is due in one of the coming days. */
export interface DueAhead {
  readonly region: string;
  /** Whole days until then, 0 to 13. */
  readonly days: number;
  /** Orders, those that have arrived already included; and how many have not. */
  readonly due: number;
  readonly open: number;
  /** Sum of the risks of those that are open: so many will be late. */
  readonly predicted: number;
  /** Of the number of late ones, were every order's fate its own: sum of p (1 - p). */
  readonly variance: number;
}

interface Said {
  readonly promised: number;
  readonly risk: number;
}

/**
 * What was last said of every order whose promise is to come. An order counts from the first time something was said of
 * it under its promise, until that is due; an order that has arrived has no risk left.
 */
export class Ahead {
  /** By the day of the promise. */
  readonly #said = new Map<number, Map<Course, Said>>();

  say(course: Course, risk: number): void {
    const day = Math.floor(course.promised / DAY_MS);
    let said = this.#said.get(day);
    if (!said) {
      said = new Map();
      this.#said.set(day, said);
    }
    said.set(course, { promised: course.promised, risk });
  }

  /** @param now  ms, not before any passed so far: promises due by then are forgotten */
  tally(now: number): DueAhead[] {
    const cells = new Map<string, { -readonly [K in keyof DueAhead]: DueAhead[K] }>();
    const today = Math.floor(now / DAY_MS);
    for (const day of this.#said.keys()) if (day < today) this.#said.delete(day);
    for (let day = today; day <= today + DAYS_AHEAD; day++) {
      for (const [course, { promised, risk }] of this.#said.get(day) ?? []) {
        const days = Math.floor((promised - now) / DAY_MS);
        // A promise that was moved is counted where it is now.
        if (course.promised !== promised || promised <= now || days >= DAYS_AHEAD) continue;
        const region = course.destination;
        const key = `${days}|${region}`;
        let cell = cells.get(key);
        if (!cell) {
          cell = { region, days, due: 0, open: 0, predicted: 0, variance: 0 };
          cells.set(key, cell);
        }
        cell.due++;
        if (!Number.isNaN(course.closed)) continue;
        cell.open++;
        cell.predicted += risk;
        cell.variance += risk * (1 - risk);
      }
    }
    return [...cells.values()];
  }
}
