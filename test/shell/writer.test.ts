import { expect, onTestFinished, test, vi } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { collectRows, createWriter, type Rows } from "../../processors/shell/writer.ts";

/** A store whose inserts end when the test says so. */
function slowStore() {
  interface Call {
    readonly table: string;
    readonly rows: readonly object[];
    end(): void;
    fail(error: Error): void;
  }
  const calls: Call[] = [];
  const listeners: (() => void)[] = [];
  const store = {
    insert: (table: string, rows: readonly object[]) =>
      new Promise<void>((resolve, reject) => {
        calls.push({ table, rows, end: resolve, fail: reject });
        for (const told of listeners.splice(0)) told();
      }),
  } as unknown as Store;
  /** The n-th insert, as soon as it is asked for. */
  async function call(n: number): Promise<Call> {
    for (;;) {
      const made = calls[n];
      if (made) return made;
      await new Promise<void>((told) => listeners.push(told));
    }
  }
  return { store, call, calls };
}

const rowsOf = (table: string, ...rows: object[]): Rows => {
  const collected = collectRows();
  for (const row of rows) collected.out(table, row);
  return collected;
};

test("who asks at the same time goes together: one insert a table, then one of progress", async () => {
  const { store, call, calls } = slowStore();
  const writer = createWriter(store);
  const done: string[] = [];
  const both = [1, 2].map((n) => writer.write(rowsOf("facts", { n }), { partition: n }).then(() => done.push(`${n}`)));
  const facts = await call(0);
  expect([facts.table, facts.rows]).toEqual(["facts", [{ n: 1 }, { n: 2 }]]);
  expect(calls).toHaveLength(1);
  facts.end();
  const progress = await call(1);
  expect([progress.table, progress.rows]).toEqual(["progress", [{ partition: 1 }, { partition: 2 }]]);
  expect(done).toEqual([]);
  progress.end();
  await Promise.all(both);
  expect(calls).toHaveLength(2);
});

test("who asks while a write is under way waits for the next, together with the others", async () => {
  const { store, call, calls } = slowStore();
  const writer = createWriter(store);
  const first = writer.write(rowsOf("facts", { n: 1 }), { partition: 1 });
  const facts = await call(0);
  const later = [2, 3].map((n) => writer.write(rowsOf("facts", { n }), { partition: n }));
  facts.end();
  (await call(1)).end();
  await first;
  const together = await call(2);
  expect(together.rows).toEqual([{ n: 2 }, { n: 3 }]);
  together.end();
  (await call(3)).end();
  await Promise.all(later);
  expect(calls.map(({ table }) => table)).toEqual(["facts", "progress", "facts", "progress"]);
});

test("whose write has just ended, and has the next ready, goes together with those who waited", async () => {
  const { store, call } = slowStore();
  const writer = createWriter(store);
  const write = (n: number) => writer.write(rowsOf("facts", { n }), { partition: n });
  const again = write(1).then(() => write(1));
  (await call(0)).end();
  const other = write(2);
  (await call(1)).end();
  const together = await call(2);
  expect(together.rows).toEqual([{ n: 2 }, { n: 1 }]);
  together.end();
  (await call(3)).end();
  await Promise.all([again, other]);
});

const BEHIND = { records: 4000, behind: 4000 };
const FOR_EVER = { worth: 100_000, quietMs: 3_600_000, mostMs: 3_600_000 };

test("batches of partitions that are behind wait for one another until they are worth an insert", async () => {
  const { store, call, calls } = slowStore();
  const writer = createWriter(store, undefined, { ...FOR_EVER, worth: 12_000 });
  const written = [];
  for (const n of [1, 2, 3]) {
    written.push(writer.write(rowsOf("facts", { n }), { partition: n }, BEHIND));
    await new Promise((go) => setTimeout(go, 12));
    if (n < 3) expect(calls).toEqual([]);
  }
  const facts = await call(0);
  expect(facts.rows).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  facts.end();
  (await call(1)).end();
  await Promise.all(written);
});

test.each([
  ["a batch of the present", FOR_EVER, { records: 4000, behind: 3999 }],
  ["a batch of nothing", FOR_EVER, { records: 0, behind: 0 }],
  ["a batch somebody waits for", FOR_EVER, undefined],
  ["that nobody came for a while", { ...FOR_EVER, quietMs: 20 }, BEHIND],
  ["that some time has passed", { ...FOR_EVER, mostMs: 20 }, BEHIND],
])("%s ends the waiting", async (_, gathering, backlog) => {
  const { store, call } = slowStore();
  const writer = createWriter(store, undefined, gathering);
  const written = [BEHIND, backlog].map((one, n) => writer.write(rowsOf("facts", { n }), { partition: n }, one));
  const facts = await call(0);
  expect(facts.rows).toEqual([{ n: 0 }, { n: 1 }]);
  facts.end();
  (await call(1)).end();
  await Promise.all(written);
});

test("progress is never said of rows that are not stored", async () => {
  const { store, call, calls } = slowStore();
  const written = createWriter(store).write(rowsOf("facts", { n: 1 }), { partition: 1 });
  (await call(0)).fail(new Error("disk full"));
  await expect(written).rejects.toThrow("disk full");
  expect(calls.map(({ table }) => table)).toEqual(["facts"]);
});

test.each(["facts", "progress"])(
  "a failing insert of %s rejects its group, and those after it go on",
  async (table) => {
    const { store, call } = slowStore();
    const writer = createWriter(store);
    const group = [1, 2].map((n) => writer.write(rowsOf("facts", { n }), { partition: n }));
    const outcomes = Promise.allSettled(group);
    const facts = await call(0);
    const next = writer.write(rowsOf("facts", { n: 3 }), { partition: 3 });
    let used = 1;
    if (table === "facts") facts.fail(new Error("no"));
    else {
      facts.end();
      (await call(1)).fail(new Error("no"));
      used = 2;
    }
    expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const after = await call(used);
    expect(after.rows).toEqual([{ n: 3 }]);
    after.end();
    (await call(used + 1)).end();
    await next;
    const last = writer.write(rowsOf("facts", { n: 4 }), { partition: 4 });
    (await call(used + 2)).end();
    (await call(used + 3)).end();
    await last;
  },
);

test("a batch of watermarks alone writes progress and nothing else", async () => {
  const { store, call, calls } = slowStore();
  const written = createWriter(store).write(collectRows(), { partition: 1 });
  (await call(0)).end();
  await written;
  expect(calls.map(({ table }) => table)).toEqual(["progress"]);
});

test("a slow write leaves time to clear up, once; a quick one does not", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { store, call } = slowStore();
  const clearUp = vi.fn();
  const writer = createWriter(store, clearUp);
  for (const [n, ms] of [499, 60_000].entries()) {
    const written = writer.write(collectRows(), { partition: n });
    const progress = await call(n);
    vi.advanceTimersByTime(ms);
    progress.end();
    await written;
    expect(clearUp).toHaveBeenCalledTimes(n);
  }
  vi.advanceTimersByTime(60_000);
  expect(clearUp).toHaveBeenCalledTimes(1);
});
