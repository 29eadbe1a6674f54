import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { Logger } from "pino";
import type { LiveStatus } from "../../../dashboards/live/status.ts";
import { STREAMS, TOPICS } from "../../../ingest/contracts/topics.ts";
import { regionPack } from "../../../ingest/regions/load.ts";
import { type ProcessName, TOPOLOGY } from "../../../processors/topology.ts";
import { readSettings, type Settings } from "../../config/settings.ts";
import { watchContext } from "../../context.ts";
import { watchIdle } from "../../idle.ts";
import { watchLag } from "../../lag.ts";
import { watchLetters } from "../../letters.ts";
import { createMetrics } from "../../metrics.ts";
import { ensureTopics } from "../../pipeline.ts";
import { startServer } from "../../server.ts";
import { openSession } from "../../session.ts";
import { createLogger, tellUser } from "../output.ts";
import { CALENDARS, regionNames } from "../regions.ts";
import { type Running, startRunning } from "../run.ts";
import { endSignal } from "../signals.ts";

/** `ingest` is the door: HTTP, the live page, and event time where nobody writes. */
const ROLES = ["ingest", ...TOPOLOGY.map(({ name }) => name)] as const;
type Role = (typeof ROLES)[number];

/** How long a pipeline may take to finish what is in hand and close what it holds: whoever stops services waits 10 s. */
const CLOSE_MS = 9000;
const LOOSE_ENDS_MS = 250;

export function registerUp(program: Command): void {
  program
    .command("up")
    .option("--config <file>", "settings (YAML); the environment overrides it")
    .option("--only <roles>", `run some of it, comma-separated: ${ROLES.join(", ")}`, readRoles)
    .action(up);
}

function readRoles(text: string): Role[] {
  return text.split(",").map((name) => {
    const role = ROLES.find((known) => known === name.trim());
    if (!role) throw new InvalidArgumentError(`expected some of ${ROLES.join(", ")}, got ${name}`);
    return role;
  });
}

/** Each closes something that was opened, in the order of opening. */
type Opened = (() => Promise<void>)[];

async function up(options: { config?: string; only?: Role[] }): Promise<void> {
  const settings = readSettings(options.config, process.env);
  const logger = createLogger(settings.logLevel);
  const told = new AbortController();
  const ending = endSignal().then((signal) => {
    logger.info({ signal }, "PipelineStopping");
    told.abort();
  });
  const opened: Opened = [];
  const close = async () => {
    for (const end of opened.reverse()) await end();
  };
  endInTime(ending, opened);
  try {
    const { done } = await begin(settings, options.only ?? [...ROLES], logger, opened, told.signal);
    await Promise.race([ending, done]);
  } catch (error) {
    // A process that ends while chDB works ends in a fault of memory; one that cannot close ends all the same.
    await Promise.race([close().catch(() => undefined), sleep(CLOSE_MS)]);
    if (told.signal.aborted) return endSoon();
    throw error;
  }
  await close();
  endSoon();
}

/**
 * Starts what the roles ask for.
 * @param opened  what was started is added as it comes, also when the rest fails
 * @param told    ends the start where it is: what waits for a broker is not waited for
 * @throws also when told to end
 */
async function begin(
  settings: Settings,
  roles: readonly Role[],
  logger: Logger,
  opened: Opened,
  told: AbortSignal,
): Promise<{ readonly done: Promise<void> }> {
  const session = await openSession(settings, logger);
  opened.push(() => session.close());
  const abandon = () => void session.log.close().catch(() => undefined);
  told.throwIfAborted();
  told.addEventListener("abort", abandon);
  const metrics = createMetrics();
  const processes = roles.filter((role): role is ProcessName => role !== "ingest");
  const regions = regionPack(settings.regions);
  const name = (code: string, lang: "zh-CN" | "en") => regionNames(regions, lang)(code);
  let running: Running | undefined;
  const status = (): LiveStatus => ({
    phase: running === undefined ? "starting" : "running",
    speed: null,
    eventsPerSecond: 0,
    pending: running?.pending() ?? 0,
    progress: null,
  });
  await ensureTopics(session.log, settings.partitions);
  const door = roles.includes("ingest");
  // Before the pipeline: what comes in is safe in the log, and whoever asks is told that we are not ready.
  const server = door ? await startServer(settings, session, metrics, status, name) : undefined;
  if (server) opened.push(() => server.close());
  running = await startRunning(settings, session, metrics, { only: processes });
  told.removeEventListener("abort", abandon);
  const { pipeline } = running;
  opened.splice(1, 0, () => pipeline.stop());
  pipeline.done.catch(() => undefined);
  told.throwIfAborted();
  const streams = STREAMS.map((stream) => TOPICS[stream]);
  const failed = (what: string) => (err: unknown) => logger.warn({ err }, what);
  const idle = door
    ? watchIdle(session.log, streams, settings.idleAfter, Date.now, failed("IdleWatermarkRefused"))
    : undefined;
  if (idle) opened.push(() => idle.stop());
  if (door) {
    const { offset: utcOffset } = CALENDARS[settings.regions];
    const places = regions.atLevel(1);
    const context = watchContext({ ...session, settings, places, utcOffset, clock: Date.now, logger });
    opened.push(() => context.stop());
  }
  const lag = watchLag(session.log, [...streams, TOPICS.deadLetters], metrics.ends, failed("LagUnknown"));
  opened.push(() => lag.stop());
  const letters = roles.includes("record")
    ? watchLetters(session.store, settings.keepLetters, Date.now, logger)
    : undefined;
  if (letters) opened.push(() => letters.stop());
  logger.info({ roles, url: server?.url }, "PipelineStarted");
  if (server) tellUser(`Tocsin listens on ${server.url}`);
  return { done: Promise.race([pipeline.done, idle?.done ?? new Promise<void>(() => {})]) };
}

/** Ends the process when what is in hand cannot be stored in time; the law makes that harmless. */
function endInTime(ending: Promise<void>, opened: Opened): void {
  void ending.then(() => {
    const end = () => {
      if (opened.length === 0) process.exit(0);
      tellUser(`expected to store what is in hand within ${CLOSE_MS} ms, could not; the next start does it again`);
      process.exit(1);
    };
    setTimeout(end, CLOSE_MS).unref();
  });
}

/** All is stored and closed; a client that still waits for its broker is not waited for. */
function endSoon(): void {
  setTimeout(() => process.exit(), LOOSE_ENDS_MS).unref();
}
