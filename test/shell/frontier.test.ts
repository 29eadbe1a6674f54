import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";
import { createLookout, keepKnown, readKnown } from "../../processors/shell/frontier.ts";
import { progressRow } from "../../processors/shell/run.ts";

let dir: string;
let store: Store;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tocsin-test-"));
  store = await openStore({ path: dir });
  await migrate(store, { log: { info: () => {} } });
});
afterAll(async () => {
  await store.close();
  await rm(dir, { recursive: true, force: true });
});

const at = (partition: number, watermark: number, nextOffset: number) =>
  store.insert("progress", [
    progressRow("track", "orders", partition, { watermark, nextOffset, received: 0, rejected: 0, late: 0 }, 0),
  ]);

test("everything is known up to the lowest watermark, once every partition was heard of", async () => {
  expect((await readKnown(store)).frontier({ orders: 2 })).toBe(Number.NEGATIVE_INFINITY);
  await at(0, 5000, 7);
  expect((await readKnown(store)).frontier({ orders: 2 })).toBe(Number.NEGATIVE_INFINITY);
  // A partition with no time in it yet.
  await at(1, Number.NEGATIVE_INFINITY, 1);
  expect((await readKnown(store)).frontier({ orders: 2 })).toBe(Number.NEGATIVE_INFINITY);
  await at(1, 3000, 9);
  const known = await readKnown(store);
  expect(known.frontier({ orders: 2 })).toBe(3000);
  expect(known.frontier({ orders: 1 })).toBe(5000);
  expect(known.frontier({ orders: 2, complaints: 1 })).toBe(Number.NEGATIVE_INFINITY);
  expect([0, 1, 2].map((partition) => known.next("orders", partition))).toEqual([7, 9, 0]);
  expect(known.cursor("flow")).toBe(0);
  await store.insert("cursors", [{ process: "flow", at: 2000, state: "" }]);
  expect((await readKnown(store)).cursor("flow")).toBe(2000);
});

test("all who ask while a question is under way share the next, which sees what was stored when they asked", async () => {
  let asked = 0;
  let answer: () => void = () => {};
  const slow: Store = {
    ...store,
    async query<Row>(sql: string) {
      asked += 1;
      if (asked === 1) await new Promise<void>((resolve) => (answer = resolve));
      return store.query<Row>(sql);
    },
  };
  const look = createLookout(slow);
  const first = look();
  await Promise.resolve();
  await store.insert("cursors", [{ process: "act", at: 4000, state: "" }]);
  const later = [look(), look(), look()];
  answer();
  await first;
  for (const known of await Promise.all(later)) expect(known.cursor("act")).toBe(4000);
  expect(asked).toBe(2);
  await look();
  expect(asked).toBe(3);
});

test("who writes alone knows what the store would say, from its start on and with every row, and asks once", async () => {
  let asked = 0;
  const counting: Store = {
    ...store,
    query: (sql, params) => {
      asked += 1;
      return store.query(sql, params);
    },
  };
  const says = (known: Awaited<ReturnType<typeof readKnown>>) => [
    ["orders", "context"].map((topic) => known.frontier({ [topic]: 1 })),
    ["flow", "act", "learn"].map((process) => known.cursor(process)),
    [0, 1].map((partition) => known.next("orders", partition)),
  ];
  const kept = await keepKnown(counting);
  expect(says(kept.known)).toEqual(says(await readKnown(store)));
  await kept.store.insert("cursors", [{ process: "learn", at: 7000, state: "" }]);
  // What is behind what was told, as a leader that lost its seat may write it, counts in neither.
  await kept.store.insert("cursors", [{ process: "learn", at: 6000, state: "" }]);
  const position = { watermark: 6000, nextOffset: 12, received: 0, rejected: 0, late: 0 };
  await kept.store.insert("progress", [
    progressRow("track", "orders", 0, position, 0),
    progressRow("track", "orders", 0, { ...position, watermark: 5500, nextOffset: 11 }, 0),
  ]);
  expect(says(kept.known)).toEqual(says(await readKnown(store)));
  expect(kept.known.cursor("learn")).toBe(7000);
  expect(asked).toBe(1);
});

test("a question that failed is the failure of those who asked it, and of nobody after them", async () => {
  let fails = true;
  const broken: Store = {
    ...store,
    query: async <Row>(sql: string) => {
      if (fails) throw new Error("no answer");
      return store.query<Row>(sql);
    },
  };
  const look = createLookout(broken);
  await expect(look()).rejects.toThrow("no answer");
  fails = false;
  expect((await look()).cursor("flow")).toBe(2000);
});
