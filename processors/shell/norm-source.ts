import type { Calendar } from "../../forecasting/dwell/calendar.ts";
import type { Store } from "../../infra/store/port.ts";
import { type NormBody, type Norms, normsOf, type Version } from "./norms.ts";
import type { Gate } from "./run.ts";

/** Somebody has waited for a norm for a while. */
export interface Awaited {
  /** In force from, ms of event time. */
  readonly from: number;
  readonly seconds: number;
}

export interface NormSource extends Gate {
  readonly norms: Norms;
  /** Looks at once: something was learned. */
  wake(): void;
  stop(): void;
}

export interface NormSourceOptions {
  readonly store: Store;
  /** How far the learner is, ms of event time; 0 before its first step. */
  readonly learned: () => Promise<number>;
  /** ms of event time between versions, and how long before it is in force one is learned. */
  readonly every: number;
  readonly lag: number;
  readonly calendar: Calendar;
  readonly above: (region: string) => string | undefined;
  readonly disorder: number;
  readonly clock: () => number;
  /** Called when somebody begins to wait: what learns may be woken. */
  readonly onHold: () => void;
  /** Called now and then while it takes long: perhaps nobody learns. */
  readonly onAwaited: (awaited: Awaited) => void;
}

/** Between two looks at the store, ms: another process may learn. */
const LOOK_MS = 250;
const LONG_MS = 30_000;

/**
 * The norms of the store, for those whose event time must not pass a boundary before the version in force from it is
 * known. A version is there once the learner's cursor has passed what it is learned from.
 */
export function createNormSource(options: NormSourceOptions): NormSource {
  const { store, every, lag, clock } = options;
  const versions: Version[] = [];
  /** All versions in force up to here are known, ms. */
  let ready = Number.NEGATIVE_INFINITY;
  const waiting: { moment: number; since: number; resolve(): void; reject(error: unknown): void }[] = [];
  let rouse = () => {};
  let looking = false;
  let woken = false;
  let stopped = false;

  async function load(): Promise<void> {
    const at = await options.learned();
    const upTo = at === 0 ? Number.NEGATIVE_INFINITY : at + lag;
    if (!(upTo > ready)) return;
    const after = versions.at(-1)?.from ?? -1;
    // Before the cursor was read all of these were written; a later one may be half there.
    const rows = await store.query<{ at: number; version: string; body: string }>(
      `SELECT toFloat64(toUnixTimestamp64Milli(in_force_from)) AS at, version, body FROM norms FINAL
       WHERE in_force_from > fromUnixTimestamp64Milli({after:Int64}) AND in_force_from <= fromUnixTimestamp64Milli({upTo:Int64})
       ORDER BY in_force_from`,
      { after, upTo },
    );
    // Two may have read the same.
    for (const { at: from, version, body } of rows) {
      if (from > (versions.at(-1)?.from ?? -1)) versions.push({ from, version, body: JSON.parse(body) as NormBody });
    }
    ready = Math.max(ready, upTo);
  }

  function next(to: number): number | undefined {
    const last = Math.floor(to / every) * every;
    if (last <= ready || to === Number.NEGATIVE_INFINITY) return undefined;
    return ready === Number.NEGATIVE_INFINITY ? last : (Math.floor(ready / every) + 1) * every;
  }

  async function look(): Promise<void> {
    looking = true;
    try {
      while (waiting.length > 0 && !stopped) {
        woken = false;
        await load();
        const now = clock();
        for (const one of waiting.splice(0)) {
          if (one.moment <= ready) one.resolve();
          else if (waiting.push(one) && now - one.since > LONG_MS) {
            options.onAwaited({ from: one.moment, seconds: Math.round((now - one.since) / 1000) });
            one.since = now;
          }
        }
        if (waiting.length > 0 && !stopped && !woken) await pause();
      }
    } catch (error) {
      for (const { reject } of waiting.splice(0)) reject(error);
    } finally {
      looking = false;
    }
  }

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  return {
    norms: normsOf(versions, options.calendar, options.above, options.disorder),
    load,
    next,
    pass(moment) {
      return new Promise<void>((resolve, reject) => {
        waiting.push({ moment, since: clock(), resolve, reject });
        options.onHold();
        if (!looking && !stopped) void look();
      });
    },
    wake() {
      woken = true;
      rouse();
    },
    stop() {
      stopped = true;
      rouse();
    },
  };
}
