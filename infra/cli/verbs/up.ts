import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { STREAMS, TOPICS } from "../../../ingest/contracts/topics.ts";
import { type ProcessName, TOPOLOGY } from "../../../processors/topology.ts";
import { readSettings } from "../../config/settings.ts";
import { watchIdle } from "../../idle.ts";
import { watchLetters } from "../../letters.ts";
import { createMetrics } from "../../metrics.ts";
import { startServer } from "../../server.ts";
import { openSession } from "../../session.ts";
import { createLogger, tellUser } from "../output.ts";
import { regionNames } from "../regions.ts";
import { startRunning } from "../run.ts";
import { endSignal } from "../signals.ts";

/** `ingest` is the door: HTTP, the live page, and event time where nobody writes. */
const ROLES = ["ingest", ...TOPOLOGY.map(({ name }) => name)] as const;
type Role = (typeof ROLES)[number];

/** How long a failed pipeline may take to close what it holds. */
const CLOSE_MS = 8000;

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

async function up(options: { config?: string; only?: Role[] }): Promise<void> {
  const settings = readSettings(options.config, process.env);
  const logger = createLogger(settings.logLevel);
  const roles = options.only ?? [...ROLES];
  const ending = endSignal();
  const session = await openSession(settings, logger);
  const metrics = createMetrics();
  const processes = roles.filter((role): role is ProcessName => role !== "ingest");
  const running = await startRunning(settings, session, metrics, processes);
  const door = roles.includes("ingest");
  const status = () => ({
    phase: "running" as const,
    speed: null,
    eventsPerSecond: 0,
    pending: running.pending(),
    progress: null,
  });
  const name = (code: string, lang: "zh-CN" | "en") => regionNames(running.regions, lang)(code);
  const server = door ? await startServer(settings, session, metrics, status, name) : undefined;
  const idle = door
    ? watchIdle(
        session.log,
        STREAMS.map((stream) => TOPICS[stream]),
        settings.idleAfter,
        Date.now,
        (err) => logger.warn({ err }, "IdleWatermarkRefused"),
      )
    : undefined;
  const letters = roles.includes("record")
    ? watchLetters(session.store, settings.keepLetters, Date.now, logger)
    : undefined;
  logger.info({ roles, url: server?.url }, "PipelineStarted");
  if (server) tellUser(`Tocsin listens on ${server.url}`);
  const close = async () => {
    await server?.close();
    await idle?.stop();
    await letters?.stop();
    await running.pipeline.stop();
    await session.close();
  };
  try {
    const signal = await Promise.race([ending, running.pipeline.done, idle?.done ?? new Promise<void>(() => {})]);
    logger.info({ signal }, "PipelineStopping");
  } catch (error) {
    // A process that ends while chDB works ends in a fault of memory; one that cannot close ends all the same.
    await Promise.race([close().catch(() => undefined), sleep(CLOSE_MS)]);
    throw error;
  }
  await close();
}
