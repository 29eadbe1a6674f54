import { DAY, HOUR } from "./clock.ts";

const at = (local: string) => Date.parse(`${local}+08:00`);
/** Midnight before the first day of the promotion week, a Monday. */
const WEEK = at("2025-11-10T00:00:00");

/** The facts of the story, for those who tell it or check that it was found. Times in ms since 1970. */
export const DEMO = {
  seed: 20251111,
  historyDays: 21,
  ordersPerDay: 550,
  weekStart: WEEK,
  weekEnd: WEEK + 7 * DAY,
  promotion: {
    id: "double-11-2025",
    name: "双11狂欢节",
    from: at("2025-11-10T20:00:00"),
    to: at("2025-11-12T00:00:00"),
  },
  /** Parcels come in and none goes out until `to`; then the yard empties at a limited rate. */
  jam: {
    hub: "武汉中转中心",
    region: "420100",
    province: "420000",
    from: at("2025-11-11T15:00:00"),
    to: at("2025-11-13T15:00:00"),
  },
  /** Couriers of one province can hardly ride. */
  rain: {
    region: "440000",
    name: "广东省",
    firstIssued: at("2025-11-10T08:00:00"),
    from: at("2025-11-12T00:00:00"),
    to: at("2025-11-15T00:00:00"),
  },
  /** A merchant whose picking list slipped by one line. */
  wrongItems: { merchantId: "M007", from: at("2025-11-10T20:00:00"), to: at("2025-11-13T12:00:00"), share: 0.3 },
} as const;

export type DemoOptions = {
  /** Any whole number; the same seed gives the same events. */
  readonly seed?: number;
  /** First day of history; the promotion week follows `historyDays` later. Moves the whole story, in ms. */
  readonly start?: number;
  readonly historyDays?: number;
  /** Mean of a calm weekday; the scale of everything else. */
  readonly ordersPerDay?: number;
  /** false tells the same week with the same orders but without jam, rain and wrong items. */
  readonly disturbances?: boolean;
};

/** The story at the place in time that the options ask for. */
export type Story = {
  readonly seed: number;
  readonly start: number;
  readonly end: number;
  readonly ordersPerDay: number;
  /** Shift against `DEMO`, in ms. */
  readonly shift: number;
  readonly disturbances: boolean;
};

/** @throws RangeError for an option out of range */
export function story(options: DemoOptions = {}): Story {
  const { seed = DEMO.seed, historyDays = DEMO.historyDays, ordersPerDay = DEMO.ordersPerDay } = options;
  const start = options.start ?? DEMO.weekStart - historyDays * DAY;
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed: expected a whole number, got ${seed}`);
  if (!Number.isInteger(historyDays) || historyDays < 1 || historyDays > 366) {
    throw new RangeError(`historyDays: expected 1 to 366 whole days, got ${historyDays}`);
  }
  if (!(ordersPerDay >= 10 && ordersPerDay <= 100_000)) {
    throw new RangeError(`ordersPerDay: expected 10 to 100000, got ${ordersPerDay}`);
  }
  if (!Number.isInteger(start) || (start + 8 * HOUR) % DAY !== 0) {
    throw new RangeError(`start: expected midnight on Chinese time in ms since 1970, got ${start}`);
  }
  const shift = start + historyDays * DAY - DEMO.weekStart;
  const end = DEMO.weekEnd + shift;
  return { seed, start, end, ordersPerDay, shift, disturbances: options.disturbances ?? true };
}

/** Whether `at` lies in a span of `DEMO`, in the story's own time. */
export const during = (story: Story, span: { readonly from: number; readonly to: number }, at: number): boolean =>
  at >= span.from + story.shift && at < span.to + story.shift;
