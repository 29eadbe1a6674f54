import { type PlanPromotion, phasesOf, strengthOf } from "../../forecasting/plan/calendar.ts";
import type { ContextRow } from "./read.ts";
import type { Clock } from "./time.ts";

/** Severity of a weather warning from which it is rough, and from which it is severe. */
const ROUGH = 2;
const SEVERE = 3;

/** What was announced, as known at the start of a day: a promotion by its last telling, weather by its last issue. */
export interface Announced {
  add(rows: readonly ContextRow[]): void;
  advance(day: number): void;
  /** Teaser, peak and both aftermaths of all promotions of a region (of all places without one), on a day. */
  promotions(day: number, region: string | undefined): readonly [number, number, number, number];
  /** 1 or 0 for rough and for severe weather forecast for a region and day. */
  weather(day: number, region: string): readonly [number, number];
  /** Whether no weather was ever forecast. */
  calm(): boolean;
  /** Parcels a region can take a day, where somebody said so. */
  capacity(day: number, region: string): number | undefined;
}

interface Promotion extends PlanPromotion {
  readonly issued: number;
  readonly regions: readonly string[] | undefined;
}

export function createAnnounced(clock: Clock, top: (region: string) => string): Announced {
  let waiting: ContextRow[] = [];
  const promotions = new Map<string, Promotion>();
  const weather = new Map<string, { readonly issued: number; readonly severity: number }>();
  const capacity = new Map<string, number>();

  function take(row: ContextRow): void {
    const body = JSON.parse(row.body) as Record<string, unknown>;
    const [first, last] = [clock.day(row.from), clock.day(Math.max(row.from, row.to - 1))];
    if (row.kind === "promotion") {
      if ((promotions.get(row.subject)?.issued ?? Number.NEGATIVE_INFINITY) <= row.issued)
        promotions.set(row.subject, { ...promotionOf(body, first, last, top), issued: row.issued });
    } else if (row.kind === "weather") {
      const severity = Number(body.severity ?? 0);
      eachDay(first, last, (day) => {
        const key = `${top(row.subject)}|${day}`;
        // An older issue that comes in late says nothing new.
        if ((weather.get(key)?.issued ?? Number.NEGATIVE_INFINITY) <= row.issued)
          weather.set(key, { issued: row.issued, severity });
      });
    } else if (row.kind === "capacity" && typeof body.region === "string") {
      const region = top(body.region);
      eachDay(first, last, (day) => capacity.set(`${region}|${day}`, Number(body.perDay)));
    }
  }

  return {
    add(rows) {
      waiting.push(...rows);
    },
    advance(day) {
      const start = clock.start(day);
      for (const row of waiting) if (row.known < start) take(row);
      waiting = waiting.filter(({ known }) => known >= start);
    },
    promotions(day, region) {
      const sum: [number, number, number, number] = [0, 0, 0, 0];
      for (const promotion of promotions.values()) {
        if (region !== undefined && promotion.regions && !promotion.regions.includes(region)) continue;
        const strength = strengthOf(promotion);
        phasesOf(promotion, day).forEach((share, k) => {
          // Sales within a sale do not add up: the strongest counts.
          sum[k] = Math.max(sum[k] as number, strength * share);
        });
      }
      return sum;
    },
    weather(day, region) {
      const severity = weather.get(`${region}|${day}`)?.severity ?? 0;
      return [severity >= ROUGH ? 1 : 0, severity >= SEVERE ? 1 : 0];
    },
    calm: () => weather.size === 0,
    capacity: (day, region) => capacity.get(`${region}|${day}`),
  };
}

/** A span nobody means, such as a capacity until further notice, ends here. */
const LONGEST = 400;

function eachDay(first: number, last: number, visit: (day: number) => void): void {
  for (let day = first; day <= Math.min(last, first + LONGEST); day++) visit(day);
}

function promotionOf(
  body: Record<string, unknown>,
  from: number,
  to: number,
  top: (region: string) => string,
): Omit<Promotion, "issued"> {
  const extra = (body.extra ?? {}) as Record<string, unknown>;
  const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : undefined);
  const depth = number(extra.depth);
  return {
    from,
    to,
    depth: depth !== undefined && depth >= 0 && depth <= 1 ? depth : undefined,
    uplift: number(body.uplift),
    regions: Array.isArray(body.regions) ? body.regions.map((region) => top(String(region))) : undefined,
  };
}
