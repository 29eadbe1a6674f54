import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { digest } from "../../ingest/contracts/canonical.ts";
import { loadCheckpoint, saveCheckpoint } from "../../processors/shell/checkpoint.ts";
import { type Position, START } from "../../processors/shell/partition.ts";
import { openTestStore } from "../deliver/support.ts";

const where = { process: "p", topic: "t", partition: 3 };
const position = (nextOffset: number) => ({
  nextOffset,
  watermark: 1000 + nextOffset,
  received: 7,
  rejected: 2,
  late: 1,
});
/** Blocks that no compression makes small. */
const noise = (blocks: number) => Array.from({ length: blocks }, () => randomBytes(60_000));
const text = (...lines: string[]) => lines.map((line) => Buffer.from(line));

/** What blocks are compared by: their bytes one by one would take the test runner seconds. */
const names = (blocks: readonly Uint8Array[]) => blocks.map((block) => `${block.length} ${digest(Buffer.from(block))}`);

/** A machine that keeps what it is given. */
function keeper() {
  const blocks: Uint8Array[] = [];
  return { blocks, load: (block: Uint8Array) => void blocks.push(block) };
}

describe("checkpoints in a store", () => {
  let place: Awaited<ReturnType<typeof openTestStore>>;
  let store: Store;
  beforeAll(async () => {
    place = await openTestStore();
    store = place.store;
  });
  beforeEach(() => store.command("TRUNCATE TABLE checkpoints"));
  afterAll(() => place.close());

  const load = async (at = where) => {
    const found = await loadCheckpoint(store, at, keeper);
    return found && { position: found.position, blocks: names(found.machine.blocks) };
  };
  /** A store that dies in the middle of a checkpoint: its rows from the n-th on never arrive. */
  const dying = (after: number): Store => {
    let left = after;
    return {
      ...store,
      async insert(table, rows) {
        await store.insert(table, rows.slice(0, left));
        left -= rows.length;
        if (left < 0) throw new Error("no more");
      },
    };
  };
  const save = (to: Store, at: Position, blocks: readonly Uint8Array[], kept?: number) =>
    saveCheckpoint(to, where, kept, at, blocks);
  const chunks = () =>
    store.query<{ slot: number; n: number }>(
      "SELECT slot, toUInt32(count()) AS n FROM checkpoints FINAL GROUP BY slot ORDER BY slot",
    );

  test("there is none before the first", async () => {
    expect(await load()).toBeUndefined();
  });

  test("state and position come back as they were, over several chunks", async () => {
    const blocks = noise(10);
    await save(store, position(5), blocks);
    expect((await chunks())[0]?.n).toBe(11);
    expect(await load()).toEqual({ position: position(5), blocks: names(blocks) });
  });

  test("an empty state, a time before all time and bytes of any kind come back", async () => {
    await save(store, START, []);
    expect(await load()).toEqual({ position: START, blocks: [] });
    const blocks = [...text('{"a":"\u2028"}', "包裹 📦", "x".repeat(100_000)), Buffer.from([0, 255, 10])];
    await save(store, position(1), blocks);
    expect((await load())?.blocks).toEqual(names(blocks));
  });

  test("the latest counts, and two slots take turns", async () => {
    for (const at of [10, 20, 30]) {
      const blocks = text(`state at ${at}`);
      expect(await save(store, position(at), blocks)).toBeDefined();
      expect(await load()).toEqual({ position: position(at), blocks: names(blocks) });
    }
    expect((await chunks()).map(({ slot }) => slot)).toEqual([0, 1]);
  });

  test("partitions and processes keep theirs apart", async () => {
    await save(store, position(1), text("mine"));
    for (const other of [{ process: "q" }, { topic: "u" }, { partition: 4 }]) {
      expect(await load({ ...where, ...other })).toBeUndefined();
    }
  });

  test.each([0, 1, 5, 9])("a write torn after %i chunks leaves the one before it", async (kept) => {
    const before = noise(2);
    await save(store, position(10), noise(11));
    await save(store, position(20), before);
    await expect(save(dying(kept), position(30), noise(9))).rejects.toThrow("no more");
    expect(await load()).toEqual({ position: position(20), blocks: names(before) });
    // And the next whole one counts again.
    await save(store, position(40), text("next"));
    expect(await load()).toEqual({ position: position(40), blocks: names(text("next")) });
  });

  test("the first one torn is none", async () => {
    await expect(save(dying(1), position(10), noise(3))).rejects.toThrow("no more");
    expect(await load()).toBeUndefined();
  });

  test("a smaller state in a slot is not mixed with what a larger one left there, merged or not", async () => {
    await save(store, position(10), noise(9));
    await save(store, position(20), text("small"));
    expect((await load())?.blocks).toEqual(names(text("small")));
    await store.command("OPTIMIZE TABLE checkpoints FINAL");
    expect((await load())?.blocks).toEqual(names(text("small")));
  });

  test("what a killed writer left of a later state is in nobody's way", async () => {
    await save(store, position(10), text("before"));
    await expect(save(dying(3), position(40), noise(9))).rejects.toThrow("no more");
    for (const at of [20, 30, 40, 41, 50]) {
      const blocks = text(`state at ${at}`);
      expect(await save(store, position(at), blocks)).toBeDefined();
      expect(await load()).toEqual({ position: position(at), blocks: names(blocks) });
    }
    expect((await chunks()).map(({ slot }) => slot)).toEqual([0, 1, 2]);
  });

  test("who saves what another has saved in another number of chunks is whole beside it", async () => {
    await save(store, position(10), text("before"));
    await save(store, position(20), text("theirs", "in", "three"));
    expect(await save(store, position(20), text("ours"))).toBeDefined();
    await store.command("OPTIMIZE TABLE checkpoints FINAL");
    const { blocks } = (await load()) ?? {};
    expect([names(text("theirs", "in", "three")), names(text("ours"))]).toContainEqual(blocks);
  });

  test("chunks of two writers under one seal are no state: the one before counts", async () => {
    await save(store, position(10), text("before"));
    await save(store, position(20), text("mine", "and mine"));
    // Both had chosen the slot before either wrote, and the other got as far as its first chunk.
    const body = Buffer.concat([Buffer.of(0), Buffer.from("another's")]).toString("base64");
    await store.insert("checkpoints", [{ ...where, slot: 1, chunk: 1, chunks: 0, next_offset: 20, body }]);
    expect(await load()).toEqual({ position: position(10), blocks: names(text("before")) });
    // Whoever goes on from there keeps it until his own is whole.
    await expect(save(dying(1), position(30), noise(2), 0)).rejects.toThrow("no more");
    expect(await load()).toEqual({ position: position(10), blocks: names(text("before")) });
    expect(await save(store, position(31), text("after"), 0)).toBeDefined();
    expect((await load())?.blocks).toEqual(names(text("after")));
  });

  test("who writes into a slot at the same time as another is told, and the other's is whole", async () => {
    const between: Store = {
      ...store,
      async insert(table, rows) {
        await store.insert(table, rows);
        await save(store, position(30), text("ahead"));
      },
    };
    expect(await save(between, position(20), text("behind"))).toBeUndefined();
    expect((await load())?.blocks).toEqual(names(text("ahead")));
  });

  test("what an older Tocsin wrote is refused with what to do", async () => {
    const body = gzipSync("{}").toString("base64");
    await store.insert("checkpoints", [{ ...where, slot: 0, chunk: 0, chunks: 1, next_offset: 9, body }]);
    await expect(load()).rejects.toThrow("expected a checkpoint of format 2 for p t/3, got an older one");
  });

  test("a state that cannot be taken is no torn one: its error is told", async () => {
    await save(store, position(1), text("mine"));
    const refusing = () => ({
      load() {
        throw new Error("expected another layout");
      },
    });
    await expect(loadCheckpoint(store, where, refusing)).rejects.toThrow("expected another layout");
  });

  test("the event loop goes on while a large state is saved and loaded", async () => {
    const blocks = noise(60);
    let turns = 0;
    let going = true;
    const count = () => {
      turns++;
      if (going) setImmediate(count);
    };
    count();
    await save(store, position(1), blocks);
    const whileSaving = turns;
    await load();
    going = false;
    expect(whileSaving).toBeGreaterThan(15);
    expect(turns - whileSaving).toBeGreaterThan(15);
  });
});
