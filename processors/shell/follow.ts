import type { Store } from "../../infra/store/port.ts";
import { cursorOf } from "./frontier.ts";

/** A process that reads what others stored, in event time. */
export interface Follower {
  readonly name: string;
  /** Loads what it needs to go on from the cursor: `state` is what its last step returned. */
  start(cursor: number, state: string): Promise<void>;
  /**
   * Works through the event time [from, to): everything in it is stored and final. Any cut of time into windows
   * gives the same rows, and a window done again writes them over themselves.
   * @returns state to be kept with the cursor, where the process needs any
   */
  step(window: { readonly from: number; readonly to: number }): Promise<string | undefined>;
}

export interface Following {
  readonly done: Promise<void>;
  /** Looks again soon: something upstream moved. */
  wake(): void;
  stop(): Promise<void>;
  /** ms of event time; all before it is done. */
  cursor(): number;
}

/**
 * Runs a follower: whenever what it reads is known further, one step, then the cursor.
 * @param upstream  how far its sources are known, ms
 * @param pollMs    how often to look when nobody calls `wake`
 */
export function follow(
  store: Store,
  follower: Follower,
  upstream: () => Promise<number>,
  onStep: () => void,
  pollMs = 500,
): Following {
  let stopped = false;
  let cursor = 0;
  let woken = false;
  let rouse: (() => void) | undefined;

  const pause = () =>
    new Promise<void>((resolve) => {
      if (woken || stopped) return resolve();
      const timer = setTimeout(resolve, pollMs);
      rouse = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  async function loop(): Promise<void> {
    const saved = await cursorOf(store, follower.name);
    cursor = saved.at;
    await follower.start(saved.at, saved.state);
    while (!stopped) {
      woken = false;
      const to = await upstream();
      if (to > cursor) {
        const state = await follower.step({ from: cursor, to });
        await store.insert("cursors", [{ process: follower.name, at: to, state: state ?? "" }]);
        cursor = to;
        onStep();
      } else {
        await pause();
      }
    }
  }

  return {
    done: loop(),
    wake() {
      woken = true;
      rouse?.();
    },
    async stop() {
      stopped = true;
      rouse?.();
      await this.done;
    },
    cursor: () => cursor,
  };
}
