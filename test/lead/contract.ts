import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { type Candidate, lead, SEAT_TOPIC, type Work } from "../../infra/lead.ts";
import type { Log } from "../../infra/log/port.ts";

/** Work that can be watched: who is at it, and what it is told. */
function watched() {
  const at = new Set<string>();
  const events: string[] = [];
  let most = 0;
  const fails = new Map<string, (error: Error) => void>();
  const begin = (who: string) => (): Work => {
    let resolve = () => {};
    const done = new Promise<void>((ended, fail) => {
      resolve = ended;
      fails.set(who, fail);
    });
    at.add(who);
    most = Math.max(most, at.size);
    events.push(`${who} begins`);
    return {
      done,
      async stop() {
        // A step takes its time, and is over before somebody else begins.
        await sleep(20);
        at.delete(who);
        events.push(`${who} ends`);
        resolve();
      },
    };
  };
  return { at, events, begin, most: () => most, fail: (who: string, error: Error) => fails.get(who)?.(error) };
}

async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const over = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > over) throw new Error("expected the condition to come true in time");
    await sleep(10);
  }
}

/** What leading by a log keeps, whichever log it is. @param open  the logs of two instances; may be one */
export function leadContract(name: string, open: () => Promise<readonly [Log, Log]>): void {
  let last = 0;
  const seat = async () => {
    const logs = await open();
    await logs[0].ensure({ [SEAT_TOPIC]: 1 });
    last += 1;
    return { logs, process: `trial-${last}-${name}` };
  };
  const kept = (candidate: Candidate): Candidate => {
    onTestFinished(() => candidate.stop().catch(() => {}));
    return candidate;
  };

  test(`${name}: one leads; when it stops, its work has ended before the other's begins`, async () => {
    const { logs, process } = await seat();
    const work = watched();
    const a = kept(await lead(logs[0], process, work.begin("a")));
    await until(() => a.leads());
    const b = kept(await lead(logs[1], process, work.begin("b")));
    await until(() => work.at.size === 1);
    const [first, second] = a.leads() ? [a, b] : [b, a];
    await first.stop();
    await first.done;
    await until(() => second.leads());
    expect(work.most()).toBe(1);
    expect(work.at.size).toBe(1);
    expect(first.leads()).toBe(false);
  }, 60_000);

  test(`${name}: each process has a seat of its own`, async () => {
    const { logs, process } = await seat();
    const work = watched();
    const a = kept(await lead(logs[0], process, work.begin("a")));
    const b = kept(await lead(logs[1], `${process}-other`, work.begin("b")));
    await until(() => a.leads() && b.leads());
    expect([...work.at].sort()).toEqual(["a", "b"]);
  }, 60_000);

  test(`${name}: work that fails is heard of`, async () => {
    const { logs, process } = await seat();
    const work = watched();
    const a = kept(await lead(logs[0], process, work.begin("a")));
    await until(() => a.leads());
    work.fail("a", new Error("no"));
    await expect(a.done).rejects.toThrow("no");
  }, 60_000);
}
