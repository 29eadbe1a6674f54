import { setTimeout as sleep } from "node:timers/promises";
import type { Kafka } from "kafkajs";
import type { ConsumeOptions, Consumer } from "../port.ts";
import { wordsOf } from "./errors.ts";
import { type ConsumerTuning, type Member, startMember } from "./member.ts";

/** New members in a row that got nothing done before the consumer dies: then the fault is not a passing one. */
const MOST_FAILURES = 8;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Consumes with one member of the group after another. kafkajs gives some failures up for good that pass by themselves
 * (a coordinator that is still starting, a client that stands still), inside of a process that seems to live: a new
 * member, with a client of its own, goes on where `assigned` says. What the owner's own code throws ends the consumer.
 */
export async function startConsumer(kafka: Kafka, options: ConsumeOptions, given: ConsumerTuning): Promise<Consumer> {
  const told = new AbortController();
  const stopping = AbortSignal.any([told.signal, given.stopping]);
  const tuning = { ...given, stopping };
  let member: Member = await startMember(kafka, options, tuning);

  async function live(): Promise<void> {
    for (let failures = 0; ; ) {
      const ending = await member.ended;
      if (ending.kind === "stopped") return;
      failures = member.moved() ? 1 : failures + 1;
      if (!ending.again || failures > MOST_FAILURES) throw ending.error;
      if (stopping.aborted) return;
      tuning.warn("the consumer joins again", { group: options.group, failures, error: wordsOf(ending.error) });
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures);
      await sleep(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
      const next = await joinAgain();
      if (next === undefined) return;
      member = next;
    }
  }

  async function joinAgain(): Promise<Member | undefined> {
    for (let failures = 1; !stopping.aborted; failures++) {
      try {
        return await startMember(kafka, options, tuning);
      } catch (error) {
        if (failures >= MOST_FAILURES && !stopping.aborted) throw error;
        await sleep(LONGEST_PAUSE_MS, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
    return undefined;
  }

  const done = live();
  done.catch(() => undefined);
  return {
    done,
    commit: (positions) => member.commit(positions),
    async stop() {
      told.abort();
      await member.stop();
      // A member that was about to join when we were told.
      await done.catch(() => undefined);
      await member.stop();
    },
  };
}
