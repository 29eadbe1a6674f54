import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { type Follower, type Following, follow, PATIENT } from "../../processors/shell/follow.ts";

/** Cursors as the store would hold them, and everything that happened in order. */
function world() {
  const cursors = new Map<string, { at: number; state: string }>();
  const happened: string[] = [];
  const store = {
    async query(_sql: string, params: { process: string }) {
      const saved = cursors.get(params.process);
      return saved ? [saved] : [];
    },
    async insert(table: string, rows: readonly { process: string; at: number; state: string }[]) {
      for (const { process, at, state } of rows) {
        happened.push(`${table} ${at}`);
        cursors.set(process, { at, state });
      }
    },
  } as unknown as Store;
  return { store, cursors, happened };
}

function recorder(happened: string[], during: (to: number) => Promise<string | undefined> = async () => undefined) {
  const follower: Follower = {
    name: "f",
    async start(cursor, state) {
      happened.push(`start ${cursor} ${JSON.stringify(state)}`);
    },
    async step({ from, to }) {
      happened.push(`step ${from}-${to}`);
      return during(to);
    },
  };
  return follower;
}

describe("a follower", () => {
  let following: Following | undefined;
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(async () => {
    const stopped = following?.stop();
    // A step that a failing test left in the middle takes its time too.
    await pass(60_000);
    await stopped;
    vi.useRealTimers();
  });
  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

  test("takes steps whose windows meet, and keeps its cursor after each", async () => {
    const { store, happened } = world();
    let known = 10;
    following = follow(
      store,
      recorder(happened),
      async () => known,
      (at) => happened.push(`told ${at}`),
    );
    await pass(0);
    known = 25;
    await pass(5000);
    known = 26;
    await pass(5000);
    expect(happened).toEqual([
      'start 0 ""',
      "step 0-10",
      "cursors 10",
      "told 10",
      "step 10-25",
      "cursors 25",
      "told 25",
      "step 25-26",
      "cursors 26",
      "told 26",
    ]);
    expect(following.cursor()).toBe(26);
  });

  test("rests after a long step, never for long, and not at all when somebody waits", async () => {
    const { store, happened } = world();
    let known = 1;
    let takes = 500;
    const steps = () => happened.filter((what) => what.startsWith("step"));
    const slow = async () => {
      known += 1;
      await new Promise((resolve) => setTimeout(resolve, takes));
      return undefined;
    };
    following = follow(
      store,
      recorder(happened, slow),
      async () => known,
      () => {},
    );
    await pass(500);
    // Twice as long as the step took.
    await pass(990);
    expect(steps()).toHaveLength(1);
    takes = 10_000;
    await pass(20);
    expect(steps()).toHaveLength(2);
    await pass(10_000 + 1900);
    expect(steps()).toHaveLength(2);
    await pass(200);
    expect(steps()).toHaveLength(3);
    await pass(10_000);
    following.wake(true);
    await pass(0);
    expect(steps()).toHaveLength(4);
  });

  test("goes on where it was, with what its last step returned", async () => {
    const { store, happened, cursors } = world();
    following = follow(
      store,
      recorder(happened, async (to) => `state of ${to}`),
      async () => 10,
      () => {},
    );
    await pass(0);
    await following.stop();
    expect(cursors.get("f")).toEqual({ at: 10, state: "state of 10" });
    happened.length = 0;
    following = follow(
      store,
      recorder(happened),
      async () => 12,
      () => {},
    );
    await pass(0);
    expect(happened).toEqual(['start 10 "state of 10"', "step 10-12", "cursors 12"]);
    expect(cursors.get("f")?.state).toBe("");
  });

  test("does nothing while nothing is known further, also when its source fell back", async () => {
    const { store, happened } = world();
    let known = Number.NEGATIVE_INFINITY;
    following = follow(
      store,
      recorder(happened),
      async () => known,
      () => {},
    );
    await pass(5000);
    expect(happened).toEqual(['start 0 ""']);
    known = 10;
    await pass(2000);
    known = 5;
    await pass(5000);
    expect(happened).toEqual(['start 0 ""', "step 0-10", "cursors 10"]);
  });

  test("looks at once when it is woken, also when that was while it looked", async () => {
    const { store, happened } = world();
    let known = 0;
    let looks = 0;
    following = follow(
      store,
      recorder(happened),
      async () => {
        looks += 1;
        const seen = known;
        if (looks === 2) {
          known = 20;
          following?.wake();
        }
        return seen;
      },
      () => {},
    );
    await pass(0);
    expect(looks).toBe(1);
    following.wake();
    await pass(0);
    expect(happened).toEqual(['start 0 ""', "step 0-20", "cursors 20"]);
  });

  test("being woken again and again does not make it take a step for each", async () => {
    const { store, happened } = world();
    let known = 1;
    following = follow(
      store,
      recorder(happened),
      async () => known,
      () => {},
    );
    await pass(0);
    for (let i = 0; i < 100; i += 1) {
      known += 1;
      following.wake();
      await pass(1);
    }
    const steps = happened.filter((line) => line.startsWith("step"));
    expect(steps.length).toBeLessThanOrEqual(2);
    await pass(200);
    expect(following.cursor()).toBe(101);
  });

  test("where only the end counts it gathers for seconds, and comes at once when somebody waits", async () => {
    const { store, happened } = world();
    let known = 10;
    following = follow(
      store,
      recorder(happened),
      async () => known,
      () => {},
      PATIENT,
    );
    await pass(0);
    for (known = 20; known < 50; known += 10) {
      following.wake();
      await pass(900);
    }
    expect(happened.filter((line) => line.startsWith("step"))).toEqual(["step 0-10"]);
    await pass(300);
    expect(happened.filter((line) => line.startsWith("step"))).toEqual(["step 0-10", "step 10-50"]);
    known = 60;
    following.wake(true);
    await pass(0);
    expect(following.cursor()).toBe(60);
  });

  test("stopped during a step it ends the step, keeps the cursor, and takes no other", async () => {
    const { store, happened, cursors } = world();
    let finish = () => {};
    let known = 10;
    const slow = recorder(happened, () => new Promise((resolve) => (finish = () => resolve("kept"))));
    following = follow(
      store,
      slow,
      async () => known,
      () => {},
    );
    await pass(0);
    let stopped = false;
    const stopping = following.stop().then(() => {
      stopped = true;
    });
    known = 20;
    await pass(5000);
    expect(stopped).toBe(false);
    finish();
    await stopping;
    expect(happened).toEqual(['start 0 ""', "step 0-10", "cursors 10"]);
    expect(cursors.get("f")).toEqual({ at: 10, state: "kept" });
  });

  test("stopped while it waits it ends at once", async () => {
    const { store, happened } = world();
    following = follow(
      store,
      recorder(happened),
      async () => 0,
      () => {},
    );
    await pass(0);
    await following.stop();
    await following.done;
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a step that fails keeps no cursor and is heard of", async () => {
    const { store, cursors, happened } = world();
    const failing = follow(
      store,
      recorder(happened, async () => Promise.reject(new Error("no"))),
      async () => 10,
      () => {},
    );
    await expect(failing.done).rejects.toThrow("no");
    expect([cursors.size, failing.cursor()]).toEqual([0, 0]);
  });
});
