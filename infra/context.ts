import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { accept } from "../ingest/accept.ts";
import type { ContextJson } from "../ingest/context/event.ts";
import { fetchWeather, type WeatherPlace } from "../ingest/context/fetch-weather.ts";
import { readContextFile } from "../ingest/context/file.ts";
import { judge } from "../ingest/edge.ts";
import type { Settings } from "./config/settings.ts";
import type { Session } from "./session.ts";
import type { Store } from "./store/port.ts";
import { type Told, toldBefore, unsaid } from "./told.ts";

export interface ContextOptions extends Pick<Session, "log" | "store"> {
  readonly settings: Pick<Settings, "weather" | "calendar">;
  readonly places: readonly WeatherPlace[];
  /** Hours the planners' clock is ahead of UTC. */
  readonly utcOffset: number;
  readonly clock: () => number;
  readonly logger: Pick<Logger, "info" | "warn">;
}

const LEAST_WAIT_MS = 1000;

/**
 * Brings weather forecasts and the promotion calendar into the log as context events, now and at their intervals. What
 * fails is logged, and tried again at the next: forecasts go on with what was last told.
 */
export function watchContext(options: ContextOptions): { stop(): Promise<void> } {
  const { weather, calendar } = options.settings;
  const ending = new AbortController();
  const { signal } = ending;
  const loop = async (source: string, every: number, first: () => Promise<number>, once: () => Promise<void>) => {
    const failed = (err: unknown) => {
      if (!signal.aborted) options.logger.warn({ err, source }, "ContextNotTold");
      return 0;
    };
    await pause(await first().catch(failed), signal);
    while (!signal.aborted) {
      await once().catch(failed);
      await pause(every, signal);
    }
  };
  const loops: Promise<void>[] = [];
  if (weather.url !== undefined) {
    loops.push(
      loop(
        "weather",
        weather.every,
        () => untilDue(options.store, weather.every, options.clock()),
        () => sendWeather(options, signal),
      ),
    );
  }
  if (calendar.file !== undefined) {
    let told: Told | undefined;
    loops.push(
      loop(
        "calendar",
        calendar.every,
        async () => 0,
        async () => {
          told ??= await toldBefore(options.store);
          await sendCalendar(options, told);
        },
      ),
    );
  }
  return {
    async stop() {
      ending.abort();
      await Promise.all(loops);
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(Math.max(LEAST_WAIT_MS, ms), undefined, { signal }).catch(() => {});

/** Whoever starts again soon asks again when it was due anyway. */
async function untilDue(store: Store, every: number, now: number): Promise<number> {
  const [last] = await store.query<{ at: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(max(issued_at))) AS at FROM context_events WHERE kind = 'weather'`,
    {},
  );
  return last === undefined ? 0 : Math.min(every, last.at + every - now);
}

export async function sendWeather(options: ContextOptions, signal: AbortSignal): Promise<void> {
  const { url, key, days, timeout } = options.settings.weather;
  if (url === undefined) return;
  const { places, utcOffset, clock } = options;
  const events = await fetchWeather({
    ...{ url, key, places, days, utcOffset, clock, signal, timeoutMs: timeout },
    sleep: (ms) => sleep(ms, undefined, { signal }),
  });
  await send(options, events, "weather");
}

const MINUTE_MS = 60_000;

/** Sends what the calendar says and was not told yet. @param told  what was; it becomes what is then told */
export async function sendCalendar(options: ContextOptions, told: Told): Promise<void> {
  const { file } = options.settings.calendar;
  if (file === undefined) return;
  const now = options.clock();
  const { events, ignored } = readContextFile(await readFile(file, "utf8"), { ...options, source: file });
  if (ignored.length > 0 && told.issues.size === 0) options.logger.warn({ file, ignored }, "CalendarColumnsIgnored");
  // In a copy: what the log refuses is not told, and comes again.
  const after: Told = { issues: new Set(told.issues), latest: new Map(told.latest) };
  await send(options, unsaid(events, after, Math.floor(now / MINUTE_MS) * MINUTE_MS, now), file);
  for (const issue of after.issues) told.issues.add(issue);
  for (const [id, last] of after.latest) told.latest.set(id, last);
}

async function send({ log, logger, clock }: ContextOptions, events: readonly ContextJson[], source: string) {
  if (events.length === 0) return;
  const now = clock();
  const judged = events.map((event, i) =>
    judge("context", Buffer.from(JSON.stringify(event)), { source, position: i + 1 }, now),
  );
  const verdicts = await accept(log, judged);
  const rejected = verdicts.filter(({ status }) => status === "rejected").length;
  logger.info({ source, events: events.length - rejected, rejected }, "ContextTold");
}
