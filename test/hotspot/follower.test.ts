import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { createHotspot } from "../../processors/hotspot/follower.ts";
import { hotspotPolicy } from "../../processors/hotspot/policy.ts";
import { openTestStore, windows } from "../deliver/support.ts";
import { DAY, END, type Fact, HOUR, repeated, START, weeksOf } from "./weeks.ts";

const ABOVE: Record<string, string> = { wuhan: "hubei", yichang: "hubei" };
// Loose, so that three weeks of one small shop say a lot.
const policy = hotspotPolicy.parse({
  weeks: 2,
  falsePagesPerWeek: 50,
  minCount: 3,
  minRatio: 1.2,
  windows: ["6h", "24h"],
  resolveAfter: "5h",
});
const READS = ["order_events", "complaint_events", "finding_changes"] as const;
const WRITES = ["judgements", "incident_changes"] as const;

describe("hotspots from stored facts", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
    // What was written twice stays twice: nobody may count on a merge.
    await store.command("SYSTEM STOP MERGES");
  });
  afterAll(() => place.close());

  /** Works through the weeks in steps, each seeing only what was known before its end, by a process started anew. */
  async function run(facts: readonly Fact[], cuts: readonly number[], first = 0): Promise<Record<string, unknown>[]> {
    for (const table of [...READS, ...WRITES]) await store.command(`TRUNCATE TABLE ${table}`);
    let state = "";
    let stored = Number.NEGATIVE_INFINITY;
    for (const window of windows(START - DAY, END, cuts)) {
      for (const table of READS) {
        const fresh = facts.filter((fact) => fact.table === table && fact.known >= stored && fact.known < window.to);
        // In two pieces, so that what was told twice at one time meets in whatever order they are read.
        const rows = fresh.map(({ row }) => row);
        for (const part of [first, 1 - first]) {
          await store.insert(
            table,
            rows.filter(({ offset }) => Number(offset) % 2 === part),
          );
        }
      }
      stored = window.to;
      const follower = createHotspot({ store, policy, policyVersion: "p1", above: (region) => ABOVE[region] });
      await follower.start(window.from, state);
      state = (await follower.step(window)) ?? "";
    }
    const rows = await Promise.all(
      WRITES.map((table) =>
        store.query<Record<string, unknown>>(`SELECT '${table}' AS t, * FROM ${table} FINAL ORDER BY ALL`),
      ),
    );
    return rows.flat();
  }

  test("a bad day is an incident of the place that had it, opened and resolved", async () => {
    const rows = await run(weeksOf(1), []);
    const changes = rows.filter(({ t }) => t === "incident_changes");
    expect(changes.map(({ change, value }) => `${change} ${value}`)).toEqual(
      expect.arrayContaining(["opened H1", "opened hubei", "resolved H1", "resolved hubei"]),
    );
    // Regions that lie within a watched one are its evidence and no incident of their own.
    expect(changes.filter(({ value }) => value === "wuhan")).toEqual([]);
    const hubei = changes.find(({ change, value }) => change === "opened" && value === "hubei");
    expect(String(hubei?.evidence)).toContain('"value":"wuhan"');
    expect(rows.filter(({ t }) => t === "judgements").length).toBeGreaterThan(50);
  }, 300_000);

  test("any cut of time into steps ends in the same rows", async () => {
    const cut = fc.integer({ min: START - HOUR, max: END }).map((at) => at);
    const fullHour = cut.map((at) => Math.floor(at / HOUR) * HOUR);
    const cuts = fc.array(fc.oneof(cut, fullHour), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), cuts, async (seed, at) => {
        const facts = weeksOf(seed);
        expect(await run(facts, at)).toEqual(await run(facts, []));
      }),
      { numRuns: 4 },
    );
  }, 600_000);

  test("so does a process that is started anew at every hour of the bad day", async () => {
    const facts = weeksOf(1);
    const hours = Array.from({ length: 12 }, (_, hour) => Math.ceil((START + 18 * DAY) / HOUR + hour) * HOUR);
    expect(await run(facts, hours)).toEqual(await run(facts, []));
  }, 300_000);

  test("what was sent again, and the order in which it was stored, change nothing", async () => {
    const facts = weeksOf(7);
    const once = await run(facts, []);
    expect(await run(facts, [], 1)).toEqual(once);
    expect(await run(repeated(facts), [])).toEqual(once);
    expect(await run(repeated(facts), [START + 18 * DAY + 7 * HOUR], 1)).toEqual(once);
  }, 600_000);

  test("without any order known nothing is judged", async () => {
    const facts = weeksOf(3).filter(({ table }) => table !== "order_events");
    expect(await run(facts, [])).toEqual([]);
  }, 300_000);
});
