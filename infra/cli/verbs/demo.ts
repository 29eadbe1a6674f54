import { type Command, InvalidArgumentError } from "commander";
import type { LiveStatus } from "../../../dashboards/live/status.ts";
import { tell } from "../../../dashboards/story.ts";
import { summarise } from "../../../dashboards/summary.ts";
import type { Lang } from "../../../dashboards/words.ts";
import { disturb, type Line } from "../../../ingest/demo/disturb.ts";
import { DEMO } from "../../../ingest/demo/story.ts";
import { demoWeek } from "../../../ingest/demo/week.ts";
import { type Judged, judge } from "../../../ingest/edge.ts";
import { feed } from "../../../ingest/replay.ts";
import { readSettings, type Settings } from "../../config/settings.ts";
import { createMetrics } from "../../metrics.ts";
import { startServer } from "../../server.ts";
import { openSession, temporaryDir } from "../../session.ts";
import { neverEnds, pause } from "../feed.ts";
import { createLogger, print, printJson, progressLine, tellUser } from "../output.ts";
import { regionNames } from "../regions.ts";
import { type Running, startRunning } from "../run.ts";
import { endSignal, Interrupted } from "../signals.ts";
import { positive, round } from "./replay.ts";

interface Options {
  readonly exit?: boolean;
  readonly json?: boolean;
  readonly speed?: number;
  readonly port?: number;
  readonly data?: string;
  readonly lang?: Lang;
  readonly seed?: number;
}

/** The week in about a minute and a half: slow enough to watch, over before the coffee is. */
const WATCHING_SPEED = 7000;
/** Lines judged together. */
const CHUNK = 500;

export function registerDemo(program: Command): void {
  program
    .command("demo")
    .option("--exit", "stop at the end of the week, and run it as fast as it can")
    .option("--json", "one JSON document on standard output at the end of the week")
    .option(
      "--speed <n>",
      `times real speed for the promotion week (default ${WATCHING_SPEED}, with --exit no limit)`,
      positive,
    )
    .option("--port <n>", "port of the live page; 0 for any", Number)
    .option("--data <dir>", "keep log and store here; a temporary directory when left out")
    .option("--lang <language>", "zh-CN or en")
    .option("--seed <n>", "another week of the same kind", whole)
    .action(demo);
}

function whole(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value)) throw new InvalidArgumentError("expected a whole number");
  return value;
}

async function demo(options: Options): Promise<void> {
  const temporary = options.data === undefined ? await temporaryDir() : undefined;
  try {
    const settings = readSettings(undefined, {
      ...process.env,
      TOCSIN_DIR: options.data ?? temporary?.dir,
      ...(options.port !== undefined && { TOCSIN_HTTP_PORT: String(options.port) }),
      ...(options.lang !== undefined && { TOCSIN_LANGUAGE: options.lang }),
    });
    await run(settings, options);
  } finally {
    await temporary?.remove();
  }
}

async function run(settings: Settings, options: Options): Promise<void> {
  const say = (zh: string, en: string) => tellUser(settings.language === "zh-CN" ? zh : en);
  say("Tocsin：生成一周大促，边跑边看", "Tocsin: a generated promotion week, watched as it happens");
  const ending = endSignal();
  const session = await openSession(settings, createLogger("warn"));
  const metrics = createMetrics();
  const speed = options.speed ?? (options.exit ? undefined : WATCHING_SPEED);
  const running = await startRunning(settings, session, metrics, { watched: speed !== undefined });
  const state = { phase: "running" as LiveStatus["phase"], at: Number.NaN, rate: rateOf(running) };
  const status = (): LiveStatus => ({
    phase: state.phase,
    speed: speed ?? null,
    eventsPerSecond: state.rate(),
    pending: running.pending(),
    progress: Number.isNaN(state.at) ? 0 : share(state.at),
  });
  const names = (code: string, lang: Lang) => regionNames(running.regions, lang)(code);
  try {
    const server = await startServer(settings, session, metrics, status, names);
    say(`实时页面：${server.url}`, `live page: ${server.url}`);
    const leaving = new AbortController();
    const stop = async () => {
      // First of all: who goes on generating takes the time of those who want to finish.
      leaving.abort();
      await server.close();
      await running.pipeline.stop();
    };
    const onTime = (at: number) => {
      state.at = at;
    };
    const story = tellWeek(settings, options, session.log, running, { speed, signal: leaving.signal, onTime });
    const ended = await Promise.race([story, ending, running.pipeline.done.then(neverEnds)]);
    if (typeof ended === "string") {
      await stop();
      // Who waits for the end of the week did not get it.
      if (options.exit || options.json) throw new Interrupted(ended);
      return;
    }
    state.phase = "finished";
    const summary = await summarise(session.store);
    const figures = { eventsPerSecond: Math.round(ended.records / ended.seconds), seconds: round(ended.seconds) };
    if (options.json) printJson({ ...summary, ...figures });
    else print(tell(summary, settings.language, (code) => names(code, settings.language)));
    if (!options.exit) {
      say(
        `一周结束。页面仍在 ${server.url}，按 Ctrl-C 结束`,
        `The week is over. The page stays on ${server.url}; Ctrl-C ends`,
      );
      await ending;
    }
    await stop();
  } finally {
    await session.close();
  }
}

interface Telling {
  readonly speed: number | undefined;
  readonly signal: AbortSignal;
  readonly onTime: (at: number) => void;
}

async function tellWeek(
  settings: Settings,
  options: Options,
  log: Parameters<typeof feed>[1],
  running: Running,
  { speed, signal, onTime }: Telling,
): Promise<{ records: number; seconds: number }> {
  const started = performance.now();
  const progress = progressLine();
  const seed = options.seed ?? DEMO.seed;
  const lines = disturb(demoWeek({ seed }, running.regions), { seed })[Symbol.iterator]();
  const show = ({ records, at }: { records: number; at: number | undefined }) => {
    if (at === undefined) return;
    onTime(at);
    const when = new Date(at + 8 * 3_600_000).toISOString().slice(0, 16).replace("T", " ");
    const what = at < DEMO.weekStart ? ["前三周", "three weeks before"] : ["大促周", "promotion week"];
    progress.show(`${settings.language === "zh-CN" ? what[0] : what[1]} ${when} · ${records} · ${running.records()}`);
  };
  const pacing = { clock: Date.now, sleep: pause, signal, onProgress: show };
  const before = await feed(judged(lines, DEMO.weekStart), log, pacing);
  const week = await feed(
    judged(lines, Number.POSITIVE_INFINITY),
    log,
    speed === undefined ? pacing : { ...pacing, speed },
  );
  await running.pipeline.settled();
  progress.end();
  return { records: before.records + week.records, seconds: (performance.now() - started) / 1000 };
}

/** The generator's lines as they would come in, up to a time (ms); what is left stays in the iterator. */
async function* judged(lines: Iterator<Line>, until: number): AsyncGenerator<readonly Judged[]> {
  let position = 0;
  for (;;) {
    const chunk: Judged[] = [];
    while (chunk.length < CHUNK) {
      const next = lines.next();
      if (next.done) break;
      position += 1;
      const { line, at, stream } = next.value;
      chunk.push(judge(stream, Buffer.from(line), { source: "demo", position }, at));
      if (at >= until) {
        yield chunk;
        return;
      }
    }
    if (chunk.length === 0) return;
    yield chunk;
  }
}

const share = (at: number): number => Math.min(1, Math.max(0, (at - DEMO.weekStart) / (DEMO.weekEnd - DEMO.weekStart)));

/** Records a second since this was last asked, smoothed over the last seconds. */
function rateOf(running: Running): () => number {
  let last = { at: performance.now(), records: 0, rate: 0 };
  return () => {
    const at = performance.now();
    if (at - last.at < 500) return last.rate;
    const records = running.records();
    last = { at, records, rate: Math.round(((records - last.records) * 1000) / (at - last.at)) };
    return last.rate;
  };
}
