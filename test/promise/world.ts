import { seededRandom } from "../../forecasting/math/random.ts";
import type { OrderFact } from "../../forecasting/promise/course.ts";

export const DAY = 86_400_000;
export const START = Date.UTC(2024, 0, 1);

/** A shop whose truth is known: memoryless hand-over and transit, a promise of 8 to 14 days, one jam in the south. */
export function world(days: number, perDay: number, seed: number): OrderFact[] {
  const random = seededRandom(seed);
  const wait = (mean: number) => -mean * DAY * Math.log(1 - random());
  const facts: OrderFact[] = [];
  for (let i = 0; i < days * perDay; i++) {
    const placed = Math.floor(START + random() * days * DAY);
    const south = random() < 0.4;
    const jammed = south && placed > START + 0.6 * days * DAY && placed < START + 0.75 * days * DAY;
    const handedOver = Math.floor(placed + wait(1.5));
    const delivered = Math.floor(handedOver + wait(jammed ? 12 : south ? 5 : 3));
    const about = {
      orderId: `o${i}`,
      origin: "N",
      destination: south ? "S" : "N",
      merchant: `m${i % 7}`,
      carrier: "",
      category: `c${i % 3}`,
      customer: `u${i}`,
      value: 10,
    };
    const promisedBy = Math.floor(placed + (8 + Math.floor(random() * 7)) * DAY);
    const told = (kind: string, at: number, promise: number | null): OrderFact => {
      return { ...about, kind, at, knownAt: at, promisedBy: promise };
    };
    facts.push(
      told("placed", placed, promisedBy),
      told("picked_up", handedOver, null),
      told("delivered", delivered, null),
    );
  }
  const end = START + days * DAY;
  return facts.filter(({ at }) => at < end).sort((a, b) => a.knownAt - b.knownAt || (a.orderId < b.orderId ? -1 : 1));
}
