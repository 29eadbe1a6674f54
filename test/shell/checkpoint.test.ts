import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { loadCheckpoint, saveCheckpoint } from "../../processors/shell/checkpoint.ts";
import { START } from "../../processors/shell/partition.ts";
import { openTestStore } from "../deliver/support.ts";

const where = { process: "p", topic: "t", partition: 3 };
const position = (nextOffset: number) => ({
  nextOffset,
  watermark: 1000 + nextOffset,
  received: 7,
  rejected: 2,
  late: 1,
});
/** Lines that no compression makes small: some hundred of them fill several chunks. */
const noise = (lines: number) => Array.from({ length: lines }, () => randomBytes(6000).toString("base64"));

describe("checkpoints in a store", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
  });
  beforeEach(() => store.command("TRUNCATE TABLE checkpoints"));
  afterAll(() => place.close());

  /** A store that dies in the middle of an insert: the rows from the n-th on never arrive. */
  const dying = (after: number): Store => ({
    ...store,
    insert: (table, rows) => store.insert(table, rows.slice(0, after)),
  });
  const chunks = () =>
    store.query<{ slot: number; n: number }>(
      "SELECT slot, toUInt32(count()) AS n FROM checkpoints FINAL GROUP BY slot ORDER BY slot",
    );

  test("there is none before the first", async () => {
    expect(await loadCheckpoint(store, where)).toBeUndefined();
  });

  test("state and position come back as they were, over several chunks", async () => {
    const lines = noise(400);
    await saveCheckpoint(store, where, 0, position(5), lines);
    expect((await chunks())[0]?.n).toBeGreaterThan(2);
    expect(await loadCheckpoint(store, where)).toEqual({ position: position(5), lines, slot: 0 });
  });

  test("an empty state, a time before all time and text of any kind come back", async () => {
    await saveCheckpoint(store, where, 1, START, []);
    expect(await loadCheckpoint(store, where)).toEqual({ position: START, lines: [], slot: 1 });
    const lines = ['{"a":"\u2028"}', "包裹 📦", '{"__proto__":1}', "\\n\\"];
    await saveCheckpoint(store, where, 0, position(1), lines);
    expect((await loadCheckpoint(store, where))?.lines).toEqual(lines);
  });

  test("the later of the two slots counts, whichever it is", async () => {
    for (const [slot, at] of [
      [0, 10],
      [1, 20],
      [0, 30],
    ] as const) {
      await saveCheckpoint(store, where, slot, position(at), [`state at ${at}`]);
      expect(await loadCheckpoint(store, where)).toEqual({ position: position(at), lines: [`state at ${at}`], slot });
    }
  });

  test("partitions and processes keep theirs apart", async () => {
    await saveCheckpoint(store, where, 0, position(1), ["mine"]);
    for (const other of [{ process: "q" }, { topic: "u" }, { partition: 4 }]) {
      expect(await loadCheckpoint(store, { ...where, ...other })).toBeUndefined();
    }
  });

  test.each([0, 1, 2])("a write torn after %i chunks leaves the one before it", async (kept) => {
    const before = noise(10);
    await saveCheckpoint(store, where, 0, position(10), noise(400));
    await saveCheckpoint(store, where, 1, position(20), before);
    await saveCheckpoint(dying(kept), where, 0, position(30), noise(300));
    expect(await loadCheckpoint(store, where)).toEqual({ position: position(20), lines: before, slot: 1 });
    // And the next whole one counts again.
    await saveCheckpoint(store, where, 0, position(40), ["next"]);
    expect(await loadCheckpoint(store, where)).toEqual({ position: position(40), lines: ["next"], slot: 0 });
  });

  test("the first one torn is none", async () => {
    await saveCheckpoint(dying(1), where, 0, position(10), noise(300));
    expect(await loadCheckpoint(store, where)).toBeUndefined();
  });

  test("a smaller state in a slot is not mixed with what a larger one left there, merged or not", async () => {
    await saveCheckpoint(store, where, 0, position(10), noise(400));
    await saveCheckpoint(store, where, 0, position(20), ["small"]);
    expect((await loadCheckpoint(store, where))?.lines).toEqual(["small"]);
    await store.command("OPTIMIZE TABLE checkpoints FINAL");
    expect((await loadCheckpoint(store, where))?.lines).toEqual(["small"]);
  });
});
