import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { readEvidence } from "../../processors/alert/evidence.ts";
import { createHotspot } from "../../processors/hotspot/follower.ts";
import { hotspotPolicy } from "../../processors/hotspot/policy.ts";
import { openTestStore, windows } from "../deliver/support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse("2026-02-02T00:00:00Z");
const DAYS = 64;
const TROUBLE = 55;
const ABOVE: Record<string, string> = { wuhan: "hubei", yichang: "hubei" };
// An incident may be over within hours: what is judged once a day must last from one day to the next.
const policy = hotspotPolicy.parse({ weeks: 2, resolveAfter: "5h" });

/** A shop nobody complains to; from a day on three times as many orders to Wuhan are predicted late. */
const placed = Array.from({ length: DAYS * 8 }, (_, i) => {
  const at = START + i * 3 * HOUR;
  return { event_id: `e${i}`, content: "", order_id: `o${i}`, kind: "placed", destination: "wuhan", at, known_at: at };
});
const outlook = Array.from({ length: DAYS + 1 }, (_, day) =>
  ["wuhan", "yichang", "xian"].flatMap((region) =>
    Array.from({ length: 14 }, (_, days) => {
      const often = region === "wuhan" && day >= TROUBLE && day < TROUBLE + 4 ? 3 : 1;
      const predicted = (1.5 + 0.2 * Math.sin(day)) * often;
      return { as_of: START + day * DAY, region, days_ahead: days, due: 20, open: 8, predicted, variance: predicted };
    }),
  ),
).flat();

describe("what is foreseen, from stored rows", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
    await store.command("SYSTEM STOP MERGES");
    await store.insert("order_events", placed);
    // Written twice, as after a crash.
    for (const rows of [outlook, outlook.slice(500)]) await store.insert("promise_outlook", rows);
  });
  afterAll(() => place.close());

  async function run(cuts: readonly number[]): Promise<Record<string, unknown>[]> {
    for (const table of ["judgements", "incident_changes"]) await store.command(`TRUNCATE TABLE ${table}`);
    let state = "";
    for (const window of windows(START, START + DAYS * DAY + HOUR, cuts)) {
      const follower = createHotspot({ store, policy, policyVersion: "p1", above: (region) => ABOVE[region] });
      await follower.start(window.from, state);
      state = (await follower.step(window)) ?? "";
    }
    const of = (table: string) =>
      store.query<Record<string, unknown>>(`SELECT '${table}' AS t, * FROM ${table} FINAL ORDER BY ALL`);
    return [...(await of("judgements")), ...(await of("incident_changes"))];
  }

  test("a region whose orders are predicted late has an incident though nobody has complained", async () => {
    const rows = await run([]);
    const changes = rows.filter(({ t }) => t === "incident_changes");
    expect(changes.map(({ change, measure, value, at }) => [change, measure, value, at])).toEqual([
      ["opened", "predicted_late", "hubei", "2026-03-29 00:00:00.000"],
      ["resolved", "predicted_late", "hubei", "2026-04-02 00:00:00.000"],
    ]);
    const [alarm] = readEvidence(String(changes[0]?.evidence)).alarms ?? [];
    expect(alarm?.ahead).toEqual({ due: 560, open: 224, by: START + (TROUBLE + 14) * DAY });
    expect(changes[0]?.observed).toBeGreaterThan(1.5 * Number(changes[0]?.expected));
    expect(rows.filter(({ t, measure }) => t === "judgements" && measure === "predicted_late").length).toBeGreaterThan(
      20,
    );
  }, 300_000);

  test("any cut of time into steps, with a process started anew at each, ends in the same rows", async () => {
    const whole = await run([]);
    const day = fc.integer({ min: TROUBLE - 2, max: TROUBLE + 6 }).map((n) => START + n * DAY);
    const cut = fc.tuple(day, fc.constantFrom(0, 1, HOUR, 7 * HOUR)).map(([at, more]) => at + more);
    await fc.assert(
      fc.asyncProperty(fc.array(cut, { minLength: 1, maxLength: 5 }), async (cuts) => {
        expect(await run(cuts)).toEqual(whole);
      }),
      { numRuns: 4 },
    );
  }, 600_000);
});
