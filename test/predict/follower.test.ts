import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../forecasting/math/random.ts";
import type { Store } from "../../infra/store/port.ts";
import { createPredict } from "../../processors/predict/follower.ts";
import { openTestStore, windows } from "../deliver/support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse("2026-02-02T07:20:00Z");
const END = START + 9 * DAY;
const ABOVE: Record<string, string> = { wuhan: "hubei", yichang: "hubei" };

interface Fact {
  readonly known: number;
  readonly row: Record<string, unknown>;
}

/** Nine days of complaints, some of them told late, and some told twice at one time in two ways. */
function complaints(seed: number): Fact[] {
  const random = seededRandom(seed);
  const facts: Fact[] = [];
  const add = (id: string, at: number, known: number, region: string) => {
    const offset = facts.length;
    const row = {
      complaint_id: id,
      event_id: `e${offset}`,
      content: "",
      kind: "opened",
      at,
      known_at: known,
      region,
      offset,
    };
    facts.push({ known, row });
  };
  for (let hour = 0; hour < 9 * 24; hour += 1) {
    for (let n = 0; n < 1 + (hour % 24 > 8 ? 1 : 0); n += 1) {
      const at = START + hour * HOUR + Math.floor(random() * HOUR);
      const known = random() < 0.3 ? at + Math.floor(random() * 30 * HOUR) : at;
      const region = ["wuhan", "yichang", "xian", ""][Math.floor(random() * 4)] as string;
      const id = `k${facts.length}`;
      add(id, at, known, region);
      if (random() < 0.3) add(id, at - 2 * HOUR, known, "xian");
    }
  }
  return facts;
}

describe("forecasts from stored complaints", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
    await store.command("SYSTEM STOP MERGES");
  });
  afterAll(() => place.close());

  /** Works through the days in steps, each of which sees only what was known before its end; stored in some pieces. */
  async function run(
    facts: readonly Fact[],
    cuts: readonly number[],
    pieces: (facts: Fact[]) => Fact[][] = (all) => [all],
  ): Promise<Record<string, unknown>[]> {
    await store.command("TRUNCATE TABLE complaint_events");
    await store.command("TRUNCATE TABLE forecasts");
    let stored = Number.NEGATIVE_INFINITY;
    for (const window of windows(START - DAY, END, cuts)) {
      const fresh = facts.filter(({ known }) => known >= stored && known < window.to);
      for (const piece of pieces(fresh)) {
        await store.insert(
          "complaint_events",
          piece.map(({ row }) => row),
        );
      }
      stored = window.to;
      const follower = createPredict({ store, above: (region) => ABOVE[region] });
      await follower.start(window.from, "");
      await follower.step(window);
    }
    return store.query("SELECT * FROM forecasts FINAL ORDER BY ALL");
  }

  test("once a day at midnight, three days ahead, in all and for the busiest regions at the top", async () => {
    const rows = await run(complaints(1), []);
    const issues = [...new Set(rows.map(({ issued_at }) => String(issued_at)))];
    // The first days hold too few complaints to say anything of their hours.
    expect(issues).toEqual(
      [4, 5, 6, 7, 8, 9, 10, 11].map((day) => `2026-02-${String(day).padStart(2, "0")} 00:00:00.000`),
    );
    const last = rows.filter(({ issued_at }) => issued_at === issues.at(-1));
    expect([...new Set(last.map(({ series }) => series))].sort()).toEqual([
      "complaints",
      "complaints|region|hubei",
      "complaints|region|xian",
    ]);
    for (const series of ["complaints", "complaints|region|hubei"]) {
      const hours = last.filter((row) => row.series === series);
      expect([hours.length, hours[0]?.at]).toEqual([72, issues.at(-1)]);
      for (const { mean, lower, upper } of hours) {
        expect(Number(mean)).toBeGreaterThan(0);
        expect(Number(lower)).toBeLessThanOrEqual(Number(upper));
      }
    }
  }, 60_000);

  test("any cut of time into steps ends in the same rows", async () => {
    const cut = fc.integer({ min: START - HOUR, max: END });
    const midnight = cut.map((at) => Math.floor(at / DAY) * DAY);
    const cuts = fc.array(fc.oneof(cut, midnight), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 1e6 }), cuts, async (seed, at) => {
        const facts = complaints(seed);
        expect(await run(facts, at)).toEqual(await run(facts, []));
      }),
      { numRuns: 4 },
    );
  }, 120_000);

  test("what was known later is in no forecast issued before, whatever it says of the past", async () => {
    const facts = complaints(5);
    const middle = Math.floor((START + 5 * DAY) / DAY) * DAY;
    const until = (rows: Record<string, unknown>[]) =>
      rows.filter(({ issued_at }) => Date.parse(`${String(issued_at).replace(" ", "T")}Z`) <= middle);
    const all = await run(facts, []);
    const blind = facts.filter(({ known }) => known < middle);
    expect(facts.some(({ known, row }) => known >= middle && Number(row.at) < middle)).toBe(true);
    expect(until(await run(blind, []))).toEqual(until(all));
    expect(until(all).length).toBeGreaterThan(0);
  }, 60_000);

  test("the order in which complaints were stored, and telling them again, change nothing", async () => {
    const facts = complaints(9);
    const once = await run(facts, []);
    const odd = (fact: Fact) => Number(fact.row.offset) % 2 === 1;
    const halves = (all: Fact[]) => [all.filter(odd), all.filter((fact) => !odd(fact))];
    expect(await run(facts, [], halves)).toEqual(once);
    expect(await run(facts, [], (all) => halves(all).reverse())).toEqual(once);
    const again = facts.map(({ known, row }) => {
      const later = known + 5 * HOUR;
      return { known: later, row: { ...row, known_at: later, offset: Number(row.offset) + 1000 } };
    });
    expect(await run([...again, ...facts], [])).toEqual(once);
  }, 60_000);

  test("without complaints nothing is said", async () => {
    expect(await run([], [])).toEqual([]);
  });
});
