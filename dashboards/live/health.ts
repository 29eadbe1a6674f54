import type { LiveStatus } from "./status.ts";

/** How long the frontier may stand still while records wait, in ms. */
const STUCK_AFTER_MS = 120_000;

export type Health = { readonly ok: boolean; readonly reason: string; readonly frontier: string | null };

/**
 * Judges whether the pipeline is alive: it failed, or work waits and event time does not move.
 * It remembers when it first saw work waiting at an unmoved frontier, so a probe after a quiet night is not fooled.
 * @param stuckAfterMs  patience, in ms of the clock that gives `nowMs`
 */
export function healthJudge(stuckAfterMs = STUCK_AFTER_MS) {
  let seen: { frontier: string | null; sinceMs: number } | undefined;
  return (frontier: string | null, status: LiveStatus, nowMs: number): Health => {
    if (status.phase === "failed")
      return { ok: false, reason: `failed: ${status.detail ?? "no reason given"}`, frontier };
    if (status.phase === "starting") return { ok: false, reason: "starting", frontier };
    if (status.pending === 0) {
      seen = undefined;
      return { ok: true, reason: "nothing to do", frontier };
    }
    if (seen === undefined || seen.frontier !== frontier) seen = { frontier, sinceMs: nowMs };
    const stillMs = nowMs - seen.sinceMs;
    if (stillMs < stuckAfterMs) return { ok: true, reason: "moving", frontier };
    const where = frontier ?? "the start";
    return {
      ok: false,
      reason: `${status.pending} records wait and event time has stood at ${where} for ${Math.round(stillMs / 1000)} s`,
      frontier,
    };
  };
}
