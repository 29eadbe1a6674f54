import { afterAll, beforeAll, expect, test } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { createFlow } from "../../processors/flow/follower.ts";
import { openTestStore, windows } from "../deliver/support.ts";
import { DAY, HOUR, policy, START, stepsOf } from "./world.ts";

const DAYS = 17;
const TABLES = ["incident_changes", "incident_parcels", "completeness", "region_tops", "carrier_scores"];
let place: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  place = await openTestStore();
  store = place.store;
});
afterAll(() => place.close());

/** Ten days in, a carrier's data stops for a day and comes all at once. */
const outage = START + 10 * DAY + 9 * HOUR;
const steps = stepsOf({
  seed: 9,
  days: DAYS,
  ordersPerDay: 120,
  told: ({ at, carrier, kind }) =>
    carrier === "SF" && kind !== "placed" && at >= outage && at < outage + DAY ? outage + DAY + (at % HOUR) : at,
});

async function run(cuts: readonly number[]): Promise<unknown[]> {
  for (const table of TABLES) await store.command(`TRUNCATE TABLE ${table}`);
  let state = "";
  for (const window of windows(START - HOUR, START + DAYS * DAY, cuts)) {
    const flow = createFlow({ store, policy, above: () => undefined });
    await flow.start(window.from, state);
    state = (await flow.step(window)) ?? "";
  }
  const rows: unknown[] = [state];
  for (const table of TABLES) rows.push(await store.query(`SELECT * FROM ${table} FINAL ORDER BY ALL`));
  return rows;
}

test("a silence is stored as an incident; any cut into steps, with a start anew at each, ends in the same rows", async () => {
  const rows = steps.map(({ orderId, known, carrier, ...step }, offset) => ({
    ...step,
    carrier,
    order_id: orderId,
    event_id: `e${offset}`,
    content: "",
    known_at: known,
    promised_by: step.kind === "placed" ? step.at + 2 * DAY : null,
    offset,
  }));
  await store.insert("order_events", rows);
  const once = await run([]);
  expect(JSON.stringify(once[1])).toContain('"measure":"silence"');
  expect(JSON.stringify(once[3])).toContain('"SF"');
  const cuts = [outage + 5 * HOUR, outage + 5.5 * HOUR, outage + 20 * HOUR, outage + 25 * HOUR, START + 12 * DAY];
  expect(await run(cuts)).toEqual(once);
}, 120_000);
