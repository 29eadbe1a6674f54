import { setTimeout as wait } from "node:timers/promises";
import { classify } from "./errors.ts";

export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Longest pause after the first failure, ms; doubles with every further one. */
  readonly baseMs: number;
  /** Longest pause at all, ms. */
  readonly maxMs: number;
}

/** About 20 s in all: a server's restart or a burst of merges, not an outage. */
export const RETRY_DEFAULTS: RetryPolicy = { attempts: 8, baseMs: 200, maxMs: 10_000 };

export interface RetryTools {
  readonly sleep: (ms: number) => Promise<unknown>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export const REAL_TOOLS: RetryTools = { sleep: (ms) => wait(ms), random: Math.random };

/**
 * Runs `attempt` until it succeeds, fails for good, or was tried `policy.attempts` times; throws its last error.
 * Pauses are uniform in [half, whole] of an exponential, so that clients that failed together do not return together.
 */
export async function retrying<T>(attempt: () => Promise<T>, policy: RetryPolicy, tools: RetryTools): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt();
    } catch (error) {
      if (tried >= policy.attempts || classify(error).fate === "permanent") throw error;
      const longest = Math.min(policy.maxMs, policy.baseMs * 2 ** (tried - 1));
      await tools.sleep(longest * (0.5 + tools.random() / 2));
    }
  }
}
