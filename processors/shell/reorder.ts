import type { LogRecord } from "../../infra/log/port.ts";

/** A record that waits for its turn, with what it says. */
export interface Waiting<Event> {
  /** Event time, ms. */
  readonly at: number;
  readonly event: Event;
  /** Decides between two of the same moment: made from the contents, so that it is the same in any order. */
  readonly name: string;
  readonly record: LogRecord;
}

/**
 * Events in the order of their time. Within the allowed disorder any order of arrival gives the same order here, so what
 * is made of it is the same as well.
 */
export class Reorder<Event> {
  /** Latest first: what comes mostly in order is inserted near the front, and taken from the end. */
  readonly #waiting: Waiting<Event>[] = [];

  add(one: Waiting<Event>): void {
    const list = this.#waiting;
    let [from, to] = [0, list.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (before(one, list[middle] as Waiting<Event>)) from = middle + 1;
      else to = middle;
    }
    list.splice(from, 0, one);
  }

  /** Time of the earliest, ms; Infinity when none waits. */
  nextAt(): number {
    return this.#waiting.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  }

  take(): Waiting<Event> | undefined {
    return this.#waiting.pop();
  }

  /** Those that wait, in no order that matters. */
  all(): readonly Waiting<Event>[] {
    return this.#waiting;
  }
}

const before = (a: Waiting<unknown>, b: Waiting<unknown>): boolean =>
  a.at !== b.at ? a.at < b.at : a.name !== b.name ? a.name < b.name : a.record.offset < b.record.offset;
