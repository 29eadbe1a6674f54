import type { Log } from "./log/port.ts";

/** One partition, one seat: whoever holds it in a group leads. Nothing is ever written to it. */
export const SEAT_TOPIC = "tocsin.seat.v1";

/** What the leader does. */
export interface Work {
  /** Rejects when it cannot go on; resolves after `stop`. */
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/** A candidate for leading one process. */
export interface Candidate {
  /** Rejects when the work or the seat failed; resolves after `stop`. */
  readonly done: Promise<void>;
  leads(): boolean;
  /** Ends the work if it is ours, and lets the next candidate lead. */
  stop(): Promise<void>;
}

/**
 * Does `begin`'s work in one instance at a time: the log gives the seat of the process `name` to one candidate, and to
 * another when the first is gone. An instance that lost its seat without knowing it (frozen, or cut off) may work on
 * for a while, so what the leader writes must bear being written twice.
 */
export async function lead(log: Log, name: string, begin: () => Work): Promise<Candidate> {
  let work: Work | undefined;
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});

  async function leave(): Promise<void> {
    const ours = work;
    work = undefined;
    await ours?.stop();
  }

  const consumer = await log.consume({
    group: `tocsin-lead-${name}`,
    topics: [SEAT_TOPIC],
    async assigned(partitions) {
      await leave();
      if (partitions.length === 0) return [];
      work = begin();
      work.done.catch(fail);
      return [];
    },
    revoked: leave,
    async onBatch() {},
  });

  return {
    done: Promise.race([consumer.done, failed]),
    leads: () => work !== undefined,
    async stop() {
      try {
        await consumer.stop();
      } finally {
        // A consumer that died does not give its seat back.
        await leave();
      }
    },
  };
}
