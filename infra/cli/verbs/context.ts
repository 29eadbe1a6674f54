import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Command, InvalidArgumentError } from "commander";
import { type ContextJson, ProviderError } from "../../../ingest/context/event.ts";
import { fetchWeather } from "../../../ingest/context/fetch-weather.ts";
import { readContextFile } from "../../../ingest/context/file.ts";
import { sendOver } from "../../../ingest/context/send.ts";
import { regionPack } from "../../../ingest/regions/load.ts";
import { ConfigError } from "../../config/yaml.ts";
import { print, printJson, progressLine, tellUser } from "../output.ts";
import { CALENDARS } from "../regions.ts";

interface Options {
  readonly weather?: string;
  readonly key?: string;
  readonly days: number;
  readonly timeout: number;
  readonly issuedAt?: number;
  readonly regions: keyof typeof CALENDARS;
  readonly out?: string;
  readonly to?: string;
  readonly token?: string;
  readonly json?: boolean;
}

const HELP = `
A file is a promotion calendar or weather, as CSV or as a list in JSON, told apart by its columns:
  name,from,to[,id,issuedAt,regions,categories,uplift,depth]     promotions; regions and categories separated by |
  region,date,issuedAt,severity                                  weather; or from,to, and instead of a severity (0..4)
  region,date,issuedAt,precipMm,snowMm,windMs,tempC              what is measured: it is weighed by its thresholds
or a saved answer of Open-Meteo, with --issued-at. Dates are days of the region pack's clock and include the last.
What says no time of issue is issued when it is read. To call a promotion off, tell it again with a depth of 0.

Without --out and --to the events are printed, one a line. The same issue told twice is one event.

  tocsin context promotions.csv --out context.ndjson && tocsin replay orders.ndjson context.ndjson
  tocsin context --weather https://api.open-meteo.com/v1/forecast --to http://127.0.0.1:7070
`;

export function registerContext(program: Command): void {
  program
    .command("context")
    .argument("[file...]", "promotion calendars and weather, CSV or JSON")
    .option("--weather <url>", "forecast API in Open-Meteo's format, asked for every province of the region pack")
    .option("--key <key>", "key of that API (TOCSIN_WEATHER_KEY)")
    .option("--days <n>", "days of forecast to ask for", within(1, 16), 7)
    .option("--timeout <seconds>", "how long the API and the receiver may take", within(1, 600), 20)
    .option("--issued-at <time>", "when what does not say it was issued, ISO 8601 with an offset", readInstant)
    .option("--regions <pack>", "region pack: cn or br", readPack, "cn")
    .option("--out <file>", "event file to write")
    .option("--to <url>", "a running Tocsin to send to, such as http://127.0.0.1:7070")
    .option("--token <token>", "token for that (TOCSIN_TOKEN)")
    .option("--json", "one JSON document on standard output")
    .addHelpText("after", HELP)
    .action(context);
}

async function context(files: string[], options: Options): Promise<void> {
  if (files.length === 0 && options.weather === undefined)
    throw new ConfigError("expected a file or --weather, got neither");
  for (const url of [options.weather, options.to]) {
    if (url !== undefined && !/^https?:\/\//.test(URL.canParse(url) ? url : "")) {
      throw new ConfigError(`expected an http or https URL, got ${url}`);
    }
  }
  const { offset } = CALENDARS[options.regions];
  const places = regionPack(options.regions).atLevel(1);
  const events: ContextJson[] = [];
  for (const file of files) {
    const text = await readFile(file, "utf8").catch((cause: Error) => {
      throw new ProviderError(`${file}: expected a CSV or JSON file, ${cause.message}`, { cause });
    });
    const read = readContextFile(text, { source: file, utcOffset: offset, issuedAt: options.issuedAt, places });
    if (read.ignored.length > 0) tellUser(`${file}: nobody reads the columns ${read.ignored.join(", ")}`);
    events.push(...read.events);
  }
  const timeoutMs = 1000 * options.timeout;
  if (options.weather !== undefined) {
    const progress = progressLine();
    progress.show(`asking for the weather of ${places.length} places`);
    const { weather: url, key = process.env.TOCSIN_WEATHER_KEY, days } = options;
    const asked = { url, key, places, days, utcOffset: offset, timeoutMs, clock: Date.now };
    events.push(...(await fetchWeather({ ...asked, sleep: (ms) => sleep(ms) })));
    progress.end();
  }
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  if (options.out !== undefined) await writeFile(options.out, `${lines}\n`);
  const sent =
    options.to === undefined
      ? undefined
      : await sendOver(options.to, options.token ?? process.env.TOCSIN_TOKEN, events, timeoutMs);
  const kinds = (kind: string) => events.filter((event) => event.kind === kind).length;
  if (options.json) {
    const quiet = options.out !== undefined || sent !== undefined;
    printJson({ promotions: kinds("promotion"), weather: kinds("weather"), ...sent, ...(!quiet && { events }) });
  } else if (options.out === undefined && sent === undefined) print(lines);
  else
    print(
      `${kinds("promotion")} promotions and ${kinds("weather")} forecasts${sent ? `, ${sent.accepted} accepted` : ""}`,
    );
  if (sent && sent.rejected > 0) throw new Error(`${sent.rejected} were refused: ${sent.reasons.join("; ")}`);
}

const within = (min: number, max: number) => (text: string) => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
};

function readInstant(text: string): number {
  const at = /T.*(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new InvalidArgumentError("expected a time such as 2026-06-18T10:00:00+08:00");
  return at;
}

function readPack(text: string): keyof typeof CALENDARS {
  if (text === "cn" || text === "br") return text;
  throw new InvalidArgumentError("expected cn or br");
}
