import type { Calendar } from "../forecasting/dwell/calendar.ts";
import { planOnThread } from "../forecasting/plan/planner.ts";
import { TOPICS } from "../ingest/contracts/topics.ts";
import { createAct } from "../processors/act/main.ts";
import { createAlert } from "../processors/alert/main.ts";
import type { PlaceName } from "../processors/alert/text.ts";
import { startComplain } from "../processors/complain/main.ts";
import { createFlow } from "../processors/flow/follower.ts";
import { createHotspot } from "../processors/hotspot/follower.ts";
import { createLearn } from "../processors/learn/follower.ts";
import { createPredict } from "../processors/predict/follower.ts";
import { holidaysOf } from "../processors/predict/holidays.ts";
import { createPromise } from "../processors/promise/follower.ts";
import { startRecord } from "../processors/record/main.ts";
import { type Follower, type Following, follow, PATIENT, PROMPT } from "../processors/shell/follow.ts";
import { createLookout, type Known, keepKnown } from "../processors/shell/frontier.ts";
import { type Awaited, createNormSource } from "../processors/shell/norm-source.ts";
import type { Tally, Wiring } from "../processors/shell/run.ts";
import { createWriter } from "../processors/shell/writer.ts";
import type { ProcessName } from "../processors/topology.ts";
import { startTrack } from "../processors/track/main.ts";
import type { Policy } from "./config/policy.ts";
import { createOutbox } from "./deliver/outbox.ts";
import type { Sink } from "./deliver/sink.ts";
import { createCollector } from "./garbage.ts";
import { type Candidate, lead, SEAT_TOPIC, type Work } from "./lead.ts";
import type { Consumer, Log } from "./log/port.ts";

const DAY_MS = 86_400_000;

export interface PipelineOptions extends Omit<Wiring, "disorder" | "writer"> {
  readonly policy: Policy;
  /** Which processes run here; all of them when left out. */
  readonly only?: readonly ProcessName[];
  /** The watched region above a region, or undefined at the top. */
  readonly above: (region: string) => string | undefined;
  /** Whether carriers keep a public holiday at a time, ms. */
  readonly holiday: (at: number) => boolean;
  readonly placeName: PlaceName;
  /** Holidays, weekends and local time of those who carry parcels. */
  readonly calendar: Calendar;
  /** Told when event time has long stood still for want of a norm. */
  readonly onAwaited: (awaited: Awaited) => void;
  /** ISO code of the country whose holidays forecasts know. */
  readonly country: string;
  /** Hours its clock is ahead of UTC. */
  readonly utcOffset: number;
  /** Who actions and pages are brought to; with none they stay in the ledger and on the board. */
  readonly sinks: readonly Sink[];
  /** Whether no other process can share the log: then nothing moves but what moves here. */
  readonly alone: boolean;
  /** Whether somebody wants to see findings as they come; else only the end counts. Default: true. */
  readonly watched?: boolean;
  readonly onStep: (process: string, cursor: number) => void;
}

export interface Pipeline {
  /** Rejects when a process died; resolves after `stop`. */
  readonly done: Promise<void>;
  /** Resolves when everything that is in the log now has been worked through by all processes. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Creates the topics that are missing. */
export async function ensureTopics(log: Log, partitions: number): Promise<void> {
  const { orders, complaints, context, actions, alerts, deadLetters } = TOPICS;
  // What needs one total order, or is small, has one partition.
  const ones = [context, actions, alerts, deadLetters, SEAT_TOPIC];
  const single = Object.fromEntries(ones.map((topic) => [topic, 1]));
  await log.ensure({ [orders]: partitions, [complaints]: partitions, ...single });
}

/** Starts the processes of the map, wired to one log and one store. */
export async function startPipeline(given: PipelineOptions): Promise<Pipeline> {
  const kept = given.alone ? await keepKnown(given.store) : undefined;
  const options = { ...given, store: kept?.store ?? given.store };
  const { log, store, policy, policyVersion } = options;
  const runs = (name: ProcessName) => options.only?.includes(name) ?? true;
  /** Of the followers that are led here. */
  const followings = new Map<string, Following>();
  const wake = () => {
    for (const following of followings.values()) following.wake();
  };
  const wiring: Wiring = {
    ...options,
    writer: createWriter(store, createCollector()),
    disorder: policy.disorder,
    onBatch(tally: Tally) {
      options.onBatch(tally);
      // Who waits wakes the one it waits for; the rest would only look more often, and find less each time.
      if (!tally.held) wake();
    },
  };
  const topics = {
    [TOPICS.orders]: await log.partitions(TOPICS.orders),
    [TOPICS.complaints]: await log.partitions(TOPICS.complaints),
  };
  const look = kept ? async () => kept.known : createLookout(store);
  const streams = async () => (await look()).frontier(topics);
  const behind = (known: Known, names: readonly ProcessName[]) =>
    Math.min(known.frontier(topics), ...names.map((name) => known.cursor(name)));
  const after =
    (...names: ProcessName[]) =>
    async () =>
      behind(await look(), names);
  const context = { [TOPICS.context]: await log.partitions(TOPICS.context) };
  // Forecasts look at what was announced, and at what was done about complaints to come.
  const announced = async () => {
    const known = await look();
    return Math.min(behind(known, ["act"]), known.frontier(context));
  };
  const planner = planOnThread();

  const { above, holiday, placeName, sinks, calendar } = options;
  const { every, lag } = policy.learn;
  const learning =
    every === "off"
      ? undefined
      : createNormSource({
          ...{ store, every, lag, calendar, above, disorder: policy.disorder, clock: options.clock },
          learned: async () => (await look()).cursor("learn"),
          onHold: () => followings.get("learn")?.wake(true),
          onAwaited: options.onAwaited,
        });
  // Norms are learned from orders alone: complaints may be far behind, and nobody waits for them.
  const orders = { [TOPICS.orders]: topics[TOPICS.orders] as number };
  const ofOrders = async () => (await look()).frontier(orders);
  const takers = (kind: "action" | "page") => sinks.filter(({ takes }) => takes.includes(kind)).map(({ name }) => name);
  const followers: [Follower, () => Promise<number>][] = [
    [createHotspot({ store, policy: policy.hotspot, policyVersion, above }), after("promise")],
    [createFlow({ store, policy: policy.flow, above, holiday }), streams],
    [createPredict({ ...options, policy: policy.predict, planner, holiday: holidaysOf(options.country) }), announced],
    [createLearn({ store, policy: policy.learn, calendar, above }), ofOrders],
    [
      createPromise({
        store,
        policy: policy.promise,
        policyVersion,
        leads: policy.track.atRiskBefore,
        holiday: (day) => holiday(day * DAY_MS + DAY_MS / 2),
      }),
      streams,
    ],
    [
      createAct({ store, log, policy: policy.act, policyVersion, above, sinks: takers("action") }),
      after("flow", "promise"),
    ],
    [
      createAlert({ store, log, policy: policy.alert, placeName, sinks: takers("page") }),
      after("hotspot", "flow", "predict"),
    ],
  ];

  const consumers: Consumer[] = [];
  if (runs("track")) consumers.push(await startTrack(wiring, policy.track, learning));
  if (runs("complain")) consumers.push(await startComplain(wiring, policy.complain));
  if (runs("record")) consumers.push(...(await startRecord(wiring)));

  const followed = followers.filter(([{ name }]) => runs(name as ProcessName));
  const candidates: Promise<Candidate>[] = followed.map(([follower, upstream]) => {
    const onStep = (cursor: number) => {
      options.onStep(follower.name, cursor);
      if (follower.name === "learn") return learning?.wake();
      wake();
    };
    return lead(log, follower.name, () => {
      // `learn` is waited for by the stream itself.
      const pace = options.watched === false && follower.name !== "learn" ? PATIENT : PROMPT;
      const following = follow(store, follower, upstream, onStep, pace);
      followings.set(follower.name, following);
      return following;
    });
  });
  if (runs("deliver") && sinks.length > 0) {
    candidates.push(lead(log, "deliver", () => delivering({ store, sinks, clock: options.clock })));
  }
  const members = [...consumers, ...(await Promise.all(candidates))];

  return {
    done: Promise.all(members.map(({ done }) => done)).then(() => {}),
    settled: () =>
      settled(
        log,
        look,
        topics,
        () => followings.values(),
        followed.map(([{ name }]) => name),
      ),
    async stop() {
      learning?.stop();
      // Each is told, even when another has died: what still works would outlive what it works on.
      const stopped = await Promise.allSettled(members.map((member) => member.stop()));
      await planner.close();
      for (const result of stopped) if (result.status === "rejected") throw result.reason;
    },
  };
}

function delivering(options: Parameters<typeof createOutbox>[0]): Work {
  const outbox = createOutbox(options);
  return { done: outbox.run(), stop: () => outbox.stop() };
}

const LOOK_MS = 50;

async function settled(
  log: Log,
  look: () => Promise<Known>,
  topics: Readonly<Record<string, number>>,
  led: () => Iterable<Following>,
  followers: readonly string[],
): Promise<void> {
  // Dead letters last: what the streams refuse goes there.
  for (const topic of [TOPICS.orders, TOPICS.complaints, TOPICS.context, TOPICS.deadLetters]) {
    const ends = await log.ends(topic);
    await until(async () => {
      const known = await look();
      return ends.every((end, partition) => known.next(topic, partition) >= end);
    });
  }
  const frontier = (await look()).frontier(topics);
  // Who leads, here or elsewhere, says in the store how far it is.
  await until(async () => {
    for (const following of led()) following.wake(true);
    const known = await look();
    return followers.every((name) => known.cursor(name) >= frontier);
  });
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}
