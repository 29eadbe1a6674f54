import { seededRandom } from "../../forecasting/math/random.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** Midnight at the planners' clock, eight hours ahead of UTC. */
export const START = Date.parse("2026-02-01T16:00:00Z");

export interface Fact {
  readonly table: "complaint_events" | "order_events" | "context_events" | "actions";
  readonly known: number;
  readonly row: Record<string, unknown>;
}

export interface WorldOptions {
  readonly days: number;
  /** Complaints a day. */
  readonly perDay?: number;
  /** Factor on the complaints of a day. */
  readonly factor?: (day: number) => number;
}

/** Orders on their way and complaints of three provinces; some told late, and some told at one time in two ways. */
export function world(seed: number, { days, perDay = 40, factor = () => 1 }: WorldOptions): Fact[] {
  const random = seededRandom(seed);
  const facts: Fact[] = [];
  const places = ["wuhan", "yichang", "xian", "xian", ""];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const offset = () => facts.length;
  const complaint = (id: string, at: number, known: number, region: string, type: string) =>
    facts.push({
      table: "complaint_events",
      known,
      row: {
        complaint_id: id,
        event_id: `c${offset()}`,
        kind: "opened",
        at,
        known_at: known,
        region,
        type,
        offset: offset(),
      },
    });
  const order = (id: string, kind: string, at: number, known: number, destination: string) =>
    facts.push({
      table: "order_events",
      known,
      row: { order_id: id, event_id: `o${offset()}`, kind, at, known_at: known, destination, offset: offset() },
    });
  for (let day = 0; day < days; day++) {
    const late = () => (random() < 0.2 ? Math.floor(random() * 30 * HOUR) : 0);
    for (let n = 0; n < Math.round(perDay * factor(day) * (0.8 + 0.4 * random())); n++) {
      const at = START + day * DAY + Math.floor(random() * DAY);
      const known = at + late();
      const id = `k${offset()}`;
      const [region, type] = [pick(places), pick(["late", "late", "damaged", ""])];
      complaint(id, at, known, region, type);
      if (random() < 0.1) complaint(id, at - 2 * HOUR, known, "xian", type);
      if (random() < 0.1) complaint(id, at - 2 * HOUR, known + 9 * HOUR, "xian", type);
    }
    for (let n = 0; n < 25; n++) {
      const at = START + day * DAY + Math.floor(random() * DAY);
      const id = `p${offset()}`;
      const to = pick(places);
      const steps = ["placed", "picked_up", "out_for_delivery", "delivered"].slice(0, random() < 0.9 ? 4 : 2);
      steps.forEach((kind, k) => {
        const moment = at + k * 14 * HOUR;
        order(id, kind, moment, moment + late(), to);
      });
    }
  }
  return facts;
}

let announced = 0;
/** A promotion as announced. Days count from START. */
export function promotion(known: number, from: number, to: number, body: object = {}): Fact {
  announced++;
  return {
    table: "context_events",
    known,
    row: {
      event_id: `x${announced}`,
      kind: "promotion",
      subject: `sale-${from}`,
      from_at: START + from * DAY,
      to_at: START + to * DAY,
      issued_at: known,
      known_at: known,
      body: JSON.stringify({ kind: "promotion", ...body }),
      offset: announced,
    },
  };
}
