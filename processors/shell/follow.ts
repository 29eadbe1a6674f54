import type { Store } from "../../infra/store/port.ts";
import { cursorOf } from "./frontier.ts";

/** A process that reads what others stored, in event time. */
export interface Follower {
  readonly name: string;
  /**
   * Loads what it needs to go on from the cursor: `state` is what its last step returned. Called again whenever this
   * instance leads again: what it knew before is out of date and must be gone.
   */
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
  /** Looks again soon: something upstream moved. `urgent`: at once, somebody waits for it. */
  wake(urgent?: boolean): void;
  stop(): Promise<void>;
  /** ms of event time; all before it is done. */
  cursor(): number;
}

/** How long a follower rests between two steps, ms, when nobody waits for it. */
export interface Pace {
  /** What arrives in this time is done together, and the store is left to those who write. */
  readonly least: number;
  readonly most: number;
}

/** Whoever watches wants to hear of it. */
export const PROMPT: Pace = { least: 200, most: 2000 };
/** Where only the end counts: a step asks the store the same questions whether it is long or short. */
export const PATIENT: Pace = { least: 3000, most: 6000 };

/** A step that took long is followed by a rest of this many times as long: who is behind is better off with fewer and larger steps. */
const RESTS = 2;
/** How often to look when nobody calls `wake`, ms: what moved in another process is only seen by looking. */
const POLL_MS = 1000;

/**
 * Runs a follower: whenever what it reads is known further, one step, then the cursor.
 * @param upstream  how far its sources are known, ms
 * @param onStep    told the new cursor, ms
 * @param pace      default: somebody watches
 */
export function follow(
  store: Store,
  follower: Follower,
  upstream: () => Promise<number>,
  onStep: (cursor: number) => void,
  pace: Pace = PROMPT,
): Following {
  let stopped = false;
  let cursor = 0;
  let woken = false;
  let rouse: (urgent?: boolean) => void = () => {};
  let urged = false;

  const pause = (ms: number, light: boolean) =>
    new Promise<void>((resolve) => {
      if (stopped || urged || (light && woken)) return resolve();
      const timer = setTimeout(resolve, ms);
      rouse = (urgent = false) => {
        if (!light && !stopped && !urgent) return;
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
      urged = false;
      const to = await upstream();
      if (to > cursor) {
        const began = performance.now();
        const state = await follower.step({ from: cursor, to });
        await store.insert("cursors", [{ process: follower.name, at: to, state: state ?? "" }]);
        cursor = to;
        onStep(cursor);
        const rest = Math.min(pace.most, RESTS * (performance.now() - began));
        await pause(Math.max(pace.least, rest), false);
      } else {
        await pause(POLL_MS, true);
      }
    }
  }

  const done = loop();
  return {
    done,
    wake(urgent = false) {
      woken = true;
      if (urgent) urged = true;
      rouse(urgent);
    },
    async stop() {
      stopped = true;
      rouse();
      await done;
    },
    cursor: () => cursor,
  };
}
