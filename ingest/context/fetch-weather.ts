import { type ContextJson, got, ProviderError } from "./event.ts";
import { DAILY, readOpenMeteo, weatherOf } from "./open-meteo.ts";

export interface WeatherPlace {
  readonly code: string;
  readonly lat: number;
  readonly lon: number;
}

export interface WeatherOptions {
  /** Of the forecast API, such as https://api.open-meteo.com/v1/forecast. */
  readonly url: string;
  readonly key?: string | undefined;
  readonly places: readonly WeatherPlace[];
  /** Days ahead, today among them. */
  readonly days: number;
  /** Hours the days' clock is ahead of UTC, whole. */
  readonly utcOffset: number;
  readonly timeoutMs: number;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** Places in a request: an address of a few thousand characters goes everywhere. */
const PLACES = 50;
const ATTEMPTS = 3;
const PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60_000;
const MOST_BYTES = 16 << 20;
const MINUTE_MS = 60_000;

/**
 * Asks for the forecast of all places, as events issued now, to the minute: two that ask at once get the same events.
 * What passes (no answer, 408, 429, 5xx) is tried again, three times in all.
 * @throws ProviderError that says what was expected and what came; the key is in no message
 */
export async function fetchWeather(options: WeatherOptions): Promise<ContextJson[]> {
  const { places, clock } = options;
  const issuedAt = Math.floor(clock() / MINUTE_MS) * MINUTE_MS;
  const source = options.url.replace(/[?#].*$/, "");
  const events: ContextJson[] = [];
  for (let from = 0; from < places.length; from += PLACES) {
    const some = places.slice(from, from + PLACES);
    const answers = readOpenMeteo(await ask(addressOf(options, some), source, options), source);
    if (answers.length !== some.length) {
      throw new ProviderError(`${source}: expected the forecasts of ${some.length} places, got ${answers.length}`);
    }
    for (const [i, { code }] of some.entries()) {
      const answer = answers[i];
      if (answer) events.push(...weatherOf(code, answer, issuedAt, `${source}, ${code}`));
    }
  }
  return events;
}

function addressOf({ url, key, days, utcOffset }: WeatherOptions, places: readonly WeatherPlace[]): URL {
  const address = new URL(url);
  const set = (name: string, value: string) => address.searchParams.set(name, value);
  set("latitude", places.map(({ lat }) => lat).join(","));
  set("longitude", places.map(({ lon }) => lon).join(","));
  set("daily", DAILY.join(","));
  set("forecast_days", String(days));
  set("wind_speed_unit", "ms");
  set("timeformat", "iso8601");
  // The zones of this name count the other way round.
  set("timezone", utcOffset === 0 ? "GMT" : `Etc/GMT${utcOffset > 0 ? "-" : "+"}${Math.abs(utcOffset)}`);
  if (key !== undefined) set("apikey", key);
  return address;
}

type Answer =
  | { readonly kind: "ok"; readonly value: unknown }
  | { readonly kind: "refused" | "passing"; readonly detail: string; readonly waitMs?: number | undefined };

async function ask(url: URL, source: string, options: WeatherOptions): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const answer = await once(url, options);
    if (answer.kind === "ok") return answer.value;
    options.signal?.throwIfAborted();
    if (answer.kind === "refused") throw new ProviderError(`${source}: expected a forecast, got ${answer.detail}`);
    if (attempt === ATTEMPTS) {
      throw new ProviderError(`${source}: expected a forecast, got ${answer.detail}, ${ATTEMPTS} times`);
    }
    await options.sleep(Math.min(LONGEST_PAUSE_MS, answer.waitMs ?? PAUSE_MS * 2 ** (attempt - 1)));
  }
}

async function once(url: URL, { timeoutMs, signal }: WeatherOptions): Promise<Answer> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { redirect: "error", signal: signal ? AbortSignal.any([late, signal]) : late });
    const text = await bounded(response);
    if (response.ok) return parsed(text);
    const detail = `HTTP ${response.status}: ${reasonIn(text)}`;
    const passing = response.status >= 500 || [408, 425, 429].includes(response.status);
    const after = Number(response.headers.get("retry-after") ?? Number.NaN);
    return { kind: passing ? "passing" : "refused", detail, waitMs: after >= 0 ? 1000 * after : undefined };
  } catch (error) {
    if (error instanceof ProviderError) return { kind: "refused", detail: error.message };
    if (late.aborted) return { kind: "passing", detail: `no answer within ${timeoutMs} ms` };
    const { cause, message } = error as Error;
    return { kind: "passing", detail: cause instanceof Error ? cause.message || message : message };
  }
}

function parsed(text: string): Answer {
  try {
    return { kind: "ok", value: JSON.parse(text) };
  } catch {
    return { kind: "refused", detail: `what is no JSON: ${got(text)}` };
  }
}

/** Open-Meteo says what is wrong in `reason`. */
function reasonIn(text: string): string {
  const answer = parsed(text);
  const reason = answer.kind === "ok" ? (answer.value as { reason?: unknown } | null)?.reason : undefined;
  return typeof reason === "string" ? reason.slice(0, 300) : got(text);
}

async function bounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new ProviderError(`more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
