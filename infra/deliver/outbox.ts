import { setTimeout as delay } from "node:timers/promises";
import type { Store } from "../store/port.ts";
import { createCourier } from "./courier.ts";
import { RETRY_DEFAULTS, type RetryPolicy } from "./retry.ts";
import type { Sink } from "./sink.ts";

export interface OutboxOptions {
  readonly store: Store;
  readonly sinks: readonly Sink[];
  /** Wall clock, ms. */
  readonly clock: () => number;
  /** Resolves after `ms`, or sooner when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** In [0, 1). */
  readonly random?: () => number;
  readonly log?: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
  readonly retry?: RetryPolicy;
  /** Deliveries at a time to one sink. Default 4. */
  readonly concurrency?: number;
  /** Effects of a sink in memory at a time, not counting those that wait for another attempt. Default 200. */
  readonly batch?: number;
  /** How often to look for new effects, ms. Default 1000. */
  readonly pollMs?: number;
}

const LONGEST_SLEEP_MS = 60_000;

export interface Tally {
  readonly delivered: number;
  readonly failed: number;
  /** Still owed. */
  readonly pending: number;
}

export interface Outbox {
  /** Delivers until `stop`; rejects when the store fails. */
  run(): Promise<void>;
  /** Stops `run`, then delivers until nothing is owed, or the time is over. */
  drain(timeoutMs?: number): Promise<Tally>;
  /** Ends waits at once and attempts in flight by their signal; what they were about stays owed. */
  stop(): Promise<void>;
}

/**
 * Brings decided effects out: at least once, in order per order and page, with the effect's id as Idempotency-Key.
 * A crash between an attempt and its mark repeats the attempt under the same id. One outbox a store: two would
 * deliver everything twice.
 */
export function createOutbox(options: OutboxOptions): Outbox {
  const { clock, sleep = sleepFor, pollMs = 1000, log } = options;
  const tools = {
    store: options.store,
    clock,
    random: options.random ?? Math.random,
    retry: options.retry ?? RETRY_DEFAULTS,
    concurrency: options.concurrency ?? 4,
    batch: options.batch ?? 200,
  };
  let aborter = new AbortController();
  let running: Promise<unknown> | undefined;

  async function serve(sink: Sink, signal: AbortSignal): Promise<void> {
    const courier = createCourier(sink, tools);
    let refreshAt = clock();
    while (!signal.aborted) {
      const round = await courier.round(signal);
      report(sink, round);
      if (sink.refresh && clock() >= refreshAt && !signal.aborted) {
        const attempt = await courier.refresh(sink.refresh, signal);
        if (attempt.kind !== "delivered") log?.warn({ sink: sink.name, detail: attempt.detail }, "RefreshFailed");
        refreshAt = clock() + sink.refresh.everyMs;
      }
      if (round.delivered + round.failed > 0) continue;
      await sleep(Math.max(1, Math.min(pollMs, round.nextAt - clock())), signal);
    }
  }

  async function empty(sink: Sink, until: number, signal: AbortSignal): Promise<Tally> {
    const courier = createCourier(sink, tools);
    const tally = { delivered: 0, failed: 0, pending: 0 };
    for (;;) {
      const round = await courier.round(signal);
      report(sink, round);
      tally.delivered += round.delivered;
      tally.failed += round.failed;
      tally.pending = round.pending;
      // A round sees one batch: only one that found nothing says that nothing is left.
      const found = round.delivered + round.failed + round.pending;
      if (found === 0 || clock() >= until || signal.aborted) return tally;
      if (found > round.pending) continue;
      await sleep(Math.max(1, Math.min(round.nextAt - clock(), until - clock(), LONGEST_SLEEP_MS)), signal);
    }
  }

  function report(sink: Sink, { delivered, failed, pending }: Tally): void {
    if (failed > 0) log?.warn({ sink: sink.name, delivered, failed, pending }, "DeliveriesFailed");
    else if (delivered > 0) log?.info({ sink: sink.name, delivered, pending }, "EffectsDelivered");
  }

  /** The first sink that cannot go on takes the others with it: a half-dead outbox looks alive. */
  function all<T>(work: (sink: Sink, signal: AbortSignal) => Promise<T>): Promise<T[]> {
    if (running) throw new Error("outbox: expected one run or drain at a time, got a second");
    aborter = new AbortController();
    const { signal } = aborter;
    const works = options.sinks.map((sink) => work(sink, signal));
    for (const one of works) one.catch(() => aborter.abort());
    running = Promise.allSettled(works).then(() => {
      running = undefined;
    });
    return Promise.all(works);
  }

  async function stop(): Promise<void> {
    aborter.abort();
    await running;
  }

  return {
    stop,
    async run() {
      await all(serve);
    },
    async drain(timeoutMs = Number.POSITIVE_INFINITY) {
      await stop();
      const until = clock() + timeoutMs;
      const tallies = await all((sink, signal) => empty(sink, until, signal));
      const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
      return {
        delivered: sum(({ delivered }) => delivered),
        failed: sum(({ failed }) => failed),
        pending: sum(({ pending }) => pending),
      };
    },
  };
}

async function sleepFor(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
