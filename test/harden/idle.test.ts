import { expect, test } from "vitest";
import { watchIdle } from "../../infra/idle.ts";
import type { Log } from "../../infra/log/port.ts";

test("a log that refuses for a while stops no clock for good", async () => {
  let refusing = true;
  const failures: unknown[] = [];
  let taken: (value: unknown) => void = () => undefined;
  const marked = new Promise((resolve) => {
    taken = resolve;
  });
  const log = {
    ends: async () => [0],
    append: async (_topic: string, entries: readonly unknown[]) => {
      if (refusing) throw new Error("no space left on device");
      taken(entries.length);
      return [];
    },
  } as unknown as Log;
  let now = 0;
  const tick = () => {
    now += 10_000;
    return now;
  };
  const watch = watchIdle(log, ["orders"], 300, tick, (error) => {
    failures.push(error);
    refusing = false;
  });
  await expect(Promise.race([marked, watch.done])).resolves.toBe(1);
  await watch.stop();
  expect(failures).toEqual([new Error("no space left on device")]);
});
