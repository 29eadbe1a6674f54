import fc from "fast-check";
import { expect, test } from "vitest";
import { ORDER_KINDS, TRAITS } from "../../ingest/contracts/order.ts";
import type { OrderEvent } from "../../ingest/contracts/read.ts";
import { NO_NORMS, type Norms } from "../../processors/shell/norms.ts";
import { closedAt, join, newOrder, waiting } from "../../processors/track/order.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { watches } from "../../processors/track/watch.ts";
import { HOUR, T0 } from "../shell/fold.ts";
import { plainClosedAt, plainWaiting, plainWatches } from "./plain-watch.ts";

const policy = trackPolicy.parse(undefined);
/** Something learned of every stage, a little different for each question. */
const learned: Norms = {
  until: (stage, since, about, quantile) => {
    const hours = stage.length + about.carrier.length + quantile.length;
    return stage === "hub" ? undefined : { at: since + hours * HOUR, hours, version: "v1" };
  },
  tooShort: (_, since, until) => until - since < HOUR,
};

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const time = fc.integer({ min: 0, max: 60 }).map((h) => T0 + h * HOUR);
const event = fc.record({
  orderId: fc.constant("o"),
  kind: fc.constantFrom(...ORDER_KINDS),
  occurredAt: time,
  eventId: fc.constant("e"),
  content: fc.constant(""),
  carrier: maybe(fc.constantFrom("sf", "carrier-1")),
  service: maybe(fc.constantFrom("next_day", "standard")),
  region: maybe(fc.constantFrom("440100", "310000")),
  value: maybe(fc.constantFrom(5, 5000)),
  promisedBy: maybe(time),
  traits: maybe(fc.subarray([...TRAITS])),
  signedBy: maybe(fc.constantFrom("self", "unknown", "locker")),
  distanceM: maybe(fc.constantFrom(5, 2000, 9000)),
  shelfLife: maybe(fc.constantFrom({ producedAt: T0 - 4000 * HOUR, expiresAt: T0 + 100 * HOUR })),
  extra: fc.constant({}),
}) as unknown as fc.Arbitrary<OrderEvent>;

test.each([
  ["fixed limits", NO_NORMS],
  ["learned limits", learned],
])("what may be said of an order is what is said plainly, by %s", (_, norms) => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 10 }), (events) => {
      const order = newOrder("o");
      for (const one of events) join(order, one);
      expect(closedAt(order)).toBe(plainClosedAt(order));
      expect(waiting(order)).toEqual(plainWaiting(order));
      const measure = { policy, norms };
      const said = watches(order, measure).map(({ name, due, finding }) => ({ name, due, finding }));
      expect(said).toEqual(plainWatches(order, measure));
    }),
    { numRuns: 500 },
  );
});
