import type { Store } from "../store/port.ts";
import { type Pending, readOpenPages, readPending } from "./pending.ts";
import { asked, backoff, type RetryPolicy } from "./retry.ts";
import type { Attempt, Sink } from "./sink.ts";

export interface CourierTools {
  readonly store: Store;
  readonly clock: () => number;
  readonly random: () => number;
  readonly retry: RetryPolicy;
  readonly concurrency: number;
  readonly batch: number;
}

export interface Round {
  readonly delivered: number;
  readonly failed: number;
  /** Owed after the round, as far as it looked. */
  readonly pending: number;
  /** When something that waits may be tried again, ms; Infinity when nothing waits. */
  readonly nextAt: number;
}

/** Marks are written together, but not kept back for long: what is not marked is delivered again after a crash. */
const MARKS_AT_A_TIME = 50;
const MARKS_WITHIN_MS = 1000;
/** Room for effects that wait, in batches: more of them and new ones have to wait, too. */
const WAITING_BATCHES = 20;

/** Delivers what one sink is owed, a round at a time. */
export function createCourier(sink: Sink, { store, clock, random, retry, concurrency, batch }: CourierTools) {
  /** Lanes that must wait before their next attempt: until when, ms. */
  const waits = new Map<string, number>();
  /** Until when the receiver asked to be left alone, ms. */
  let pausedUntil = 0;
  let waiting = 0;
  let marks: object[] = [];
  let flushedAt = 0;

  async function round(signal: AbortSignal): Promise<Round> {
    const pending = await readPending(store, sink, Math.min(batch + waiting, WAITING_BATCHES * batch));
    const now = clock();
    const lanes = lanesOf(pending);
    for (const lane of waits.keys()) if (!lanes.has(lane)) waits.delete(lane);
    const ready = pausedUntil > now ? [] : [...lanes].filter(([lane]) => (waits.get(lane) ?? 0) <= now);
    const tally = { delivered: 0, failed: 0 };
    flushedAt = now;
    const worker = async () => {
      for (let lane = ready.shift(); lane !== undefined; lane = ready.shift()) await walk(lane[1], signal, tally);
    };
    await Promise.all(Array.from({ length: Math.min(concurrency, ready.length) }, worker));
    await flush();
    waiting = [...lanes].reduce((sum, [lane, effects]) => sum + (waits.has(lane) ? effects.length : 0), 0);
    const left = pending.length - tally.delivered - tally.failed;
    return { ...tally, pending: left, nextAt: Math.max(pausedUntil, Math.min(...waits.values())) };
  }

  /** One lane, in order, until something has to be tried again: what follows waits for it. */
  async function walk(lane: readonly Pending[], signal: AbortSignal, tally: { delivered: number; failed: number }) {
    for (const pending of lane) {
      if (signal.aborted || pausedUntil > clock()) return;
      const attempt = await sink.deliver(pending.effect, signal);
      // Cut off by us, not by the receiver.
      if (signal.aborted && attempt.kind === "retry") return;
      const attempts = pending.attempts + 1;
      const gaveUp = attempt.kind === "retry" && attempts >= retry.attempts;
      if (attempt.kind === "retry" && !gaveUp) wait(pending.effect.lane, attempts, attempt);
      else waits.delete(pending.effect.lane);
      if (attempt.kind === "delivered") tally.delivered++;
      else if (attempt.kind === "refused" || gaveUp) tally.failed++;
      await mark(pending, attempts, attempt, gaveUp);
      if (attempt.kind === "retry" && !gaveUp) return;
    }
  }

  function wait(lane: string, attempts: number, { afterMs }: Attempt & { kind: "retry" }): void {
    const now = clock();
    waits.set(lane, now + backoff(attempts, random(), retry));
    if (afterMs !== undefined) pausedUntil = Math.max(pausedUntil, now + asked(afterMs, retry));
  }

  async function mark({ effect, markedAt }: Pending, attempts: number, attempt: Attempt, gaveUp: boolean) {
    const status = { delivered: "delivered", refused: "failed", retry: gaveUp ? "failed" : "pending" }[attempt.kind];
    const detail = gaveUp ? `gave up after ${attempts} attempts: ${attempt.detail}` : attempt.detail;
    const now = clock();
    // The youngest row wins, also when the clock was set back meanwhile.
    const updated_at = Math.max(now, markedAt + 1);
    marks.push({ effect_id: effect.effectId, sink: sink.name, status, attempts, detail, updated_at });
    if (marks.length >= MARKS_AT_A_TIME || now - flushedAt >= MARKS_WITHIN_MS) await flush();
  }

  async function flush(): Promise<void> {
    const rows = marks;
    marks = [];
    flushedAt = clock();
    if (rows.length > 0) await store.insert("deliveries", rows);
  }

  async function refresh(by: NonNullable<Sink["refresh"]>, signal: AbortSignal): Promise<Attempt> {
    const pages = await readOpenPages(store, sink.name);
    if (pages.length === 0 || pausedUntil > clock()) return { kind: "delivered", detail: "nothing to refresh" };
    return by.send(pages, signal);
  }

  return { round, refresh };
}

/** Effects by lane, each lane in the order they came. */
function lanesOf(pending: readonly Pending[]): Map<string, Pending[]> {
  const lanes = new Map<string, Pending[]>();
  for (const one of pending) {
    const lane = lanes.get(one.effect.lane);
    if (lane) lane.push(one);
    else lanes.set(one.effect.lane, [one]);
  }
  return lanes;
}
