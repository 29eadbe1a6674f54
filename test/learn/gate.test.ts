import fc from "fast-check";
import { expect, test } from "vitest";
import { ALWAYS, type Calendar, plainWeekday } from "../../forecasting/dwell/calendar.ts";
import { normsOf, type Version } from "../../processors/shell/norms.ts";
import { createPartition, type Position } from "../../processors/shell/partition.ts";
import { createTrack } from "../../processors/track/machine.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { at, HOUR, type Input, T0, Tables, toRecords } from "../shell/fold.ts";

const policy = trackPolicy.parse(undefined);
const DAY = 24 * HOUR;
const EVERY = 7 * DAY;
const LAG = HOUR;
const calendar: Calendar = { offset: 8, weekdayOf: plainWeekday };

/** A norm that says how many facts it was learned from: whoever learns from another number gets other limits. */
function versionAt(from: number, facts: number): Version {
  const place = [Math.log(3 + (facts % 11)), 0, 0] as const;
  const z = { shortest: 0, typical: 0, likely: 0, limit: 0 };
  const norm = {
    n: facts,
    family: "log-normal",
    z,
    places: { "": place },
    between: [],
    carriers: {},
    weekdays: {},
  } as const;
  const stages = { pickup: norm, transit: norm, hub: norm };
  const clock = { "": ALWAYS };
  return {
    from,
    version: String(facts),
    body: { stages, rhythms: { pickup: clock, transit: clock, hub: clock }, atLeast: 0 },
  };
}

/** Partitions that take turns as `turns` says, with a learner that learns when it is asked and everything is known. */
function live(logs: readonly Input[][], turns: readonly number[]) {
  const tables = logs.map(() => new Tables());
  const versions: Version[] = [];
  let ready = Number.NEGATIVE_INFINITY;
  let cursor = Number.NEGATIVE_INFINITY;
  const gate = (to: number) => {
    const last = Math.floor(to / EVERY) * EVERY;
    if (last <= ready) return undefined;
    return ready === Number.NEGATIVE_INFINITY ? last : (Math.floor(ready / EVERY) + 1) * EVERY;
  };
  const published = logs.map(() => Number.NEGATIVE_INFINITY);
  const start = (i: number, from?: { position: Position; blocks: Uint8Array[] }) => {
    const machine = createTrack(
      policy,
      "test",
      normsOf(versions, calendar, () => undefined, 0),
    );
    for (const block of from?.blocks ?? []) machine.load(block);
    const partition = createPartition({
      stream: "orders",
      partition: i,
      machine,
      disorder: 0,
      gate,
      ...(from && { from: from.position }),
    });
    return { machine, partition };
  };
  const saved: ({ position: Position; blocks: Uint8Array[] } | undefined)[] = logs.map(() => undefined);
  const running = logs.map((_, i) => start(i));
  const records = logs.map((log) => toRecords(log));

  function learn(): void {
    const frontier = Math.min(...published);
    if (!(frontier > cursor)) return;
    const facts = tables
      .flatMap((table) => [...table.rows.values()])
      .filter((row) => "known_at" in row)
      .map((row) => Number(row.known_at));
    const first = Math.max(cursor, Math.min(frontier, ...facts));
    for (let from = (Math.floor((first + LAG) / EVERY) + 1) * EVERY; from - LAG <= frontier; from += EVERY) {
      versions.push(versionAt(from, facts.filter((known) => known < from - LAG).length));
    }
    cursor = frontier;
    ready = cursor + LAG;
  }
  function turn(choice: number): boolean {
    const i = choice % (logs.length + 1);
    if (i === logs.length) {
      learn();
      return false;
    }
    const one = running[i] as ReturnType<typeof start>;
    // Now and then a checkpoint, now and then a crash: what was written stays.
    if (choice % 13 === 5) saved[i] = { position: { ...one.partition.position }, blocks: [...one.machine.save()] };
    if (choice % 17 === 3) {
      running[i] = start(i, saved[i]);
      return false;
    }
    const record = records[i]?.[one.partition.position.nextOffset];
    if (!record) return false;
    one.partition.feed(record, (tables[i] as Tables).out, () => {});
    published[i] = Math.max(published[i] as number, one.partition.position.watermark);
    return true;
  }
  for (const choice of turns) turn(choice);
  // Then everybody in turn, until all is read: it must come to an end.
  for (let round = 0; round < 3000; round += 1) {
    if (running.every(({ partition }, i) => partition.position.nextOffset >= (records[i]?.length ?? 0))) break;
    for (let i = 0; i <= logs.length; i += 1) turn(i * 221 + (i === logs.length ? 0 : 0));
  }
  expect(running.map(({ partition }) => partition.position.nextOffset)).toEqual(logs.map(({ length }) => length));
  return { rows: tables.map((table) => table.all()), versions };
}

/** Two partitions whose events lie weeks apart, each in order, both marked to the end. */
const logs = fc
  .tuple(
    fc.array(fc.tuple(fc.nat(60), fc.constantFrom("placed", "paid", "picked_up", "arrived_hub")), { maxLength: 25 }),
    fc.array(fc.tuple(fc.nat(60), fc.constantFrom("placed", "paid", "picked_up", "arrived_hub")), { maxLength: 25 }),
    fc.nat(40),
  )
  .map(([a, b, apart]) =>
    [a, b].map((events, i): Input[] => [
      ...events
        .map(([day, kind], n) => ({ day: day + (i === 1 ? apart : 0), kind, n }))
        .sort((x, y) => x.day - y.day)
        .map(({ day, kind, n }) => ({ orderId: `${i}-${n % 7}`, kind, occurredAt: at(T0 + day * DAY + n * HOUR) })),
      { watermark: T0 + 120 * DAY },
    ]),
  );

test("law: partitions weeks apart, in any turns, killed and restarted, end in the same rows and versions, and all end", () => {
  fc.assert(
    fc.property(logs, fc.array(fc.nat(), { maxLength: 200 }), (given, turns) => {
      expect(live(given, turns)).toEqual(live(given, []));
    }),
    { numRuns: 60 },
  );
});

test("what was learned decides: the limits are not the fixed ones", () => {
  const log: Input[] = [
    { orderId: "a", kind: "paid", occurredAt: at(T0) },
    { orderId: "b", kind: "paid", occurredAt: at(T0 + 9 * DAY) },
    { watermark: T0 + 30 * DAY },
  ];
  const [rows = []] = live([log], []).rows;
  const opened = (rows as [string, Record<string, unknown>][])
    .filter(([name, row]) => name.startsWith("finding_changes") && row.change === "opened")
    .map(([, row]) => [row.subject_id, Number(row.due) - Number(row.since)]);
  // The first waited before anything was learned, the second after one fact was.
  expect(opened.sort()).toEqual([
    ["a", 48 * HOUR],
    ["b", 4 * HOUR],
  ]);
});
