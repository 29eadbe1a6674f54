interface Timed {
  readonly at: number | undefined;
}

/** Records that go into the log together, and how far in event time (ms) the source is after them. */
export interface Step<T> {
  readonly items: readonly T[];
  readonly mark: number | undefined;
}

export interface Pacing {
  /** Event time over real time, above 0. */
  readonly speed: number;
  readonly clock: () => number;
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Simulated time between watermarks, at most. */
const MAX_TICK_MS = 10 * 60_000;
/** Real time between appends, at most: what somebody who watches takes for continuous. */
const REAL_TICK_MS = 1000;

const later = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b);

/** Steps of `size` items. When the source fails, what it gave before comes first, then its error. */
export async function* inBatches<T extends Timed>(
  source: AsyncIterable<readonly T[]>,
  size: number,
): AsyncGenerator<Step<T>> {
  let items: T[] = [];
  let mark: number | undefined;
  try {
    for await (const run of source) {
      for (const item of run) {
        items.push(item);
        mark = later(mark, item.at);
        if (items.length < size) continue;
        yield { items, mark };
        items = [];
      }
    }
  } catch (error) {
    if (items.length > 0) yield { items, mark };
    throw error;
  }
  if (items.length > 0) yield { items, mark };
}

/**
 * Steps of one tick of event time each, no sooner than `speed` allows; a tick in which nothing happened is a
 * step without items. Where the ticks lie depends on the first event and the speed, never on the clock.
 */
export async function* atPace<T extends Timed>(
  source: AsyncIterable<readonly T[]>,
  size: number,
  { speed, clock, sleep, signal }: Pacing,
): AsyncGenerator<Step<T>> {
  if (!(speed > 0 && Number.isFinite(speed))) throw new RangeError(`expected a speed above 0, got ${speed}`);
  const tick = Math.max(1, Math.min(MAX_TICK_MS, Math.floor(speed * REAL_TICK_MS)));
  let items: T[] = [];
  let first: { readonly at: number; readonly wall: number } | undefined;
  let tickEnd = Number.POSITIVE_INFINITY;
  let mark: number | undefined;
  const until = async (at: number) => {
    if (first === undefined) return;
    const ahead = first.wall + (at - first.at) / speed - clock();
    if (ahead > 0) await sleep(ahead, signal);
  };
  const flush = (): Step<T> => {
    const step = { items, mark };
    items = [];
    return step;
  };
  try {
    for await (const run of source) {
      for (const item of run) {
        if (item.at !== undefined && first === undefined) {
          first = { at: item.at, wall: clock() };
          tickEnd = item.at + tick;
        }
        while (item.at !== undefined && item.at >= tickEnd) {
          await until(tickEnd);
          mark = later(mark, tickEnd);
          tickEnd += tick;
          yield flush();
        }
        items.push(item);
        mark = later(mark, item.at);
        if (items.length >= size) yield flush();
      }
    }
  } catch (error) {
    if (items.length > 0) yield flush();
    throw error;
  }
  if (mark !== undefined) await until(mark);
  if (items.length > 0) yield flush();
}
