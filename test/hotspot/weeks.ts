import { seededRandom } from "../../forecasting/math/random.ts";
import { findingRow } from "../deliver/support.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** The weeks begin here, and are three. */
export const START = Date.parse("2026-02-02T00:30:00Z");
export const END = START + 21 * DAY;

/** A row and the event time at which it was there to be read. */
export interface Fact {
  readonly table: "order_events" | "complaint_events" | "finding_changes";
  readonly known: number;
  readonly row: Record<string, unknown>;
}

/** Three weeks of a shop with a bad nineteenth day, by a seed: some of it told late, some complaints told twice at a time. */
export function weeksOf(seed: number): Fact[] {
  const random = seededRandom(seed);
  const pick = <T>(...from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const within = (hour: number) => START + hour * HOUR + Math.floor(random() * HOUR);
  const delayed = (at: number) => (random() < 0.2 ? at + Math.floor(random() * 30 * HOUR) : at);
  const facts: Fact[] = [];
  let offset = 0;
  const add = (table: Fact["table"], known: number, row: Record<string, unknown>) => {
    facts.push({ table, known, row: { ...row, offset } });
    offset += 1;
  };
  const event = (table: Fact["table"], at: number, row: Record<string, unknown>) => {
    const known = delayed(at);
    add(table, known, { event_id: `e${offset}`, content: "", at, known_at: known, ...row });
    return known;
  };
  for (let hour = 0; hour < 21 * 24; hour += 1) {
    const bad = hour >= 18 * 24 && hour < 18 * 24 + 15;
    const order_id = `o${hour}`;
    const destination = pick("wuhan", "yichang", "xian");
    event("order_events", within(hour), { order_id, kind: "placed", destination });
    event("order_events", within(hour), { order_id, kind: "arrived_hub", hub: pick("H1", "H2") });
    if (random() < 0.5) event("order_events", within(hour), { order_id, kind: "picked_up", carrier: "SF" });
    for (let n = random() < (bad ? 1 : 0.25) ? (bad ? 3 : 1) : 0; n > 0; n -= 1) {
      const complaint_id = `k${offset}`;
      const told = random() < 0.5 ? { region: bad ? "wuhan" : pick("wuhan", "xian") } : { order_id: `o${hour - 3}` };
      const opening = { complaint_id, kind: "opened", type: pick("", "slow"), ...told };
      const at = within(hour);
      const known = event("complaint_events", at, opening);
      if (random() < 0.3) {
        const other = { ...opening, region: "yichang", type: "rude", at: at - HOUR, known_at: known };
        add("complaint_events", known, { event_id: `e${offset}`, content: "", ...other });
      }
    }
    for (let n = random() < (bad ? 1 : 0.2) ? (bad ? 2 : 1) : 0; n > 0; n -= 1) {
      const at = within(hour);
      const kind = pick("stalled_transit", "stalled_delivery", "promise_broken");
      const about = { region: pick("wuhan", "yichang"), hub: bad ? "H1" : pick("H1", "H2"), carrier: "SF" };
      const stage = kind === "stalled_transit" ? pick("hub", "transit") : "";
      add("finding_changes", at, { ...findingRow({ finding_id: `f${offset}`, at, kind, order_id, stage, ...about }) });
    }
  }
  return facts;
}

/** Every third fact once more, sent again later: the same key, another place in the log. */
export function repeated(facts: readonly Fact[]): Fact[] {
  return facts.flatMap((fact, i) => {
    if (fact.table === "finding_changes" || i % 3 > 0) return [fact];
    const known = fact.known + (i % 50) * HOUR;
    const row = { ...fact.row, known_at: known, offset: Number(fact.row.offset) + 1_000_000 };
    return [fact, { ...fact, known, row }];
  });
}
