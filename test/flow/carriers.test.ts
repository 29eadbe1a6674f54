import { afterAll, beforeAll, expect, test } from "vitest";
import { compareCarriers } from "../../processors/flow/carriers.ts";
import { openTestStore } from "../deliver/support.ts";
import { DAY, HOUR, START } from "./world.ts";

let place: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  place = await openTestStore();
});
afterAll(() => place.close());

test("orders whose destination nobody told count among all, and no region's row is said twice", async () => {
  const promised = START + 2 * DAY;
  const orders = [10, 12, -20].flatMap((late) =>
    Array.from({ length: 30 }, () => ({ destination: late > 0 ? "440000" : "", late })),
  );
  const rows = orders.flatMap(({ destination, late }, n) =>
    [
      { kind: "placed", at: START },
      { kind: "picked_up", at: START + HOUR },
      { kind: "delivered", at: promised + late * HOUR },
    ].map((step, i) => ({
      ...step,
      ...{ order_id: `o${n}`, event_id: `o${n}-${i}`, content: "", known_at: step.at, carrier: "SF" },
      ...{ destination, promised_by: i === 0 ? promised : null, offset: n * 3 + i },
    })),
  );
  await place.store.insert("order_events", rows);
  const scores = await compareCarriers(place.store, START, START + 5 * DAY);
  expect(scores.map(({ region, delayP50 }) => [region, delayP50])).toEqual([
    ["", 10],
    ["440000", 12],
  ]);
});
