import { z } from "zod";
import { duration } from "../../ingest/contracts/duration.ts";
import { faultsIn, readYaml } from "./yaml.ts";

/** The environment has only text; that nothing, a blank and `true` are numbers too is JavaScript's opinion alone. */
const toNumber = (value: unknown) => (typeof value === "string" && value.trim() !== "" ? Number(value) : value);
const whole = (min: number, max: number) => z.preprocess(toNumber, z.number().int().min(min).max(max));
const port = whole(0, 65_535);
const url = z.url({ protocol: /^https?$/ });
const list = z.union([z.array(z.string()), z.string().transform((text) => text.split(",").map((item) => item.trim()))]);
const brokers = list.pipe(
  z.array(
    z.string().refine((text) => {
      const at = /^(?:\[[\da-fA-F:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/.exec(text)?.[1];
      return at !== undefined && Number(at) > 0 && Number(at) <= 65_535;
    }, "expected host:port"),
  ),
);
const flag = z.union([z.boolean(), z.enum(["true", "false"]).transform((text) => text === "true")]);
const env = (name: string) => ({ env: name });

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127\./.test(host);

/** Every setting once: its type, its default, what it means, and the environment variable that overrides the file. */
export const settingsSchema = z.strictObject({
  dir: z
    .string()
    .min(1)
    .prefault(".tocsin")
    .describe("directory of the embedded log and store")
    .meta(env("TOCSIN_DIR")),
  policy: z
    .string()
    .min(1)
    .optional()
    .describe("policy file; without one the built-in numbers hold")
    .meta(env("TOCSIN_POLICY")),
  regions: z.enum(["cn", "br"]).prefault("cn").describe("region pack").meta(env("TOCSIN_REGIONS")),
  language: z
    .enum(["zh-CN", "en"])
    .prefault("zh-CN")
    .describe("language of stories and pages")
    .meta(env("TOCSIN_LANGUAGE")),
  partitions: whole(1, 1024)
    .prefault(8)
    .describe("partitions of the order and complaint topics when they are created")
    .meta(env("TOCSIN_PARTITIONS")),
  checkpointEvery: duration
    .prefault("30s")
    .describe("how often the state of a partition is stored: longer means more to replay after a crash")
    .meta(env("TOCSIN_CHECKPOINT_EVERY")),
  idleAfter: duration
    .prefault("15s")
    .describe("when nothing came in for this long, event time follows the wall clock")
    .meta(env("TOCSIN_IDLE_AFTER")),
  keepLetters: duration
    .prefault("180d")
    .describe("how long dead letters are kept; their counts and reasons stay")
    .meta(env("TOCSIN_KEEP_LETTERS")),
  http: z
    .strictObject({
      host: z.string().prefault("127.0.0.1").describe("address to listen on").meta(env("TOCSIN_HTTP_HOST")),
      port: port
        .prefault(7070)
        .describe("port of ingest, live page, metrics and health; 0 for any")
        .meta(env("TOCSIN_HTTP_PORT")),
      senders: z
        .string()
        .min(1)
        .optional()
        .describe("file of who may send events (`tocsin token`); without one everybody may who reaches the port")
        .meta(env("TOCSIN_HTTP_SENDERS")),
      open: flag
        .prefault(false)
        .describe("listen beyond this machine without a file of senders")
        .meta(env("TOCSIN_HTTP_OPEN")),
    })
    .refine(({ host, senders, open }) => isLoopback(host) || senders !== undefined || open, {
      path: ["senders"],
      message: "expected a file of senders, or open, for a port that other machines reach",
    })
    .prefault({}),
  kafka: z
    .strictObject({
      brokers: brokers
        .prefault([])
        .describe("Kafka brokers, host:port; none for the embedded log")
        .meta(env("KAFKA_BROKERS")),
      clientId: z.string().prefault("tocsin").describe("name shown by the brokers").meta(env("KAFKA_CLIENT_ID")),
      sessionTimeout: duration
        .prefault("30s")
        .describe("after so long without a word an instance counts as gone and others take over its partitions")
        .meta(env("KAFKA_SESSION_TIMEOUT")),
      noProgress: duration
        .prefault("5m")
        .describe("a consumer that has something to read and gets nowhere for so long is started again")
        .meta(env("KAFKA_NO_PROGRESS")),
      ssl: flag.prefault(false).describe("encrypt the connections to the brokers").meta(env("KAFKA_SSL")),
      mechanism: z
        .enum(["plain", "scram-sha-256", "scram-sha-512"])
        .prefault("scram-sha-512")
        .describe("how the user is proven, when there is one")
        .meta(env("KAFKA_SASL_MECHANISM")),
      username: z.string().min(1).optional().describe("user; without one nobody logs in").meta(env("KAFKA_USERNAME")),
      password: z.string().optional().describe("password; keep it in the environment").meta(env("KAFKA_PASSWORD")),
    })
    .refine((kafka) => (kafka.username === undefined) === (kafka.password === undefined), {
      message: "expected username and password together",
    })
    .prefault({}),
  clickhouse: z
    .strictObject({
      url: url
        .optional()
        .describe("ClickHouse server; without one chDB runs in this process")
        .meta(env("CLICKHOUSE_URL")),
      database: z.string().prefault("default").describe("database of our tables").meta(env("CLICKHOUSE_DATABASE")),
      username: z.string().prefault("default").describe("user").meta(env("CLICKHOUSE_USER")),
      password: z.string().optional().describe("password; keep it in the environment").meta(env("CLICKHOUSE_PASSWORD")),
    })
    .prefault({}),
  webhook: z
    .strictObject({
      url: url.optional().describe("receiver of actions and pages").meta(env("TOCSIN_WEBHOOK_URL")),
      secret: z
        .string()
        .min(16)
        .optional()
        .describe("key of the signature; keep it in the environment")
        .meta(env("TOCSIN_WEBHOOK_SECRET")),
      timeout: duration
        .prefault("10s")
        .describe("how long the receiver may take to answer before the attempt counts as failed")
        .meta(env("TOCSIN_WEBHOOK_TIMEOUT")),
      allowHttp: flag
        .prefault(false)
        .describe("let messages leave this machine without encryption")
        .meta(env("TOCSIN_WEBHOOK_ALLOW_HTTP")),
    })
    .refine(
      (webhook) => (webhook.url === undefined) === (webhook.secret === undefined),
      "expected url and secret together",
    )
    .prefault({}),
  alertmanager: z
    .strictObject({
      url: url.optional().describe("Alertmanager that takes our pages").meta(env("ALERTMANAGER_URL")),
      allowHttp: flag
        .prefault(false)
        .describe("let pages leave this machine without encryption")
        .meta(env("ALERTMANAGER_ALLOW_HTTP")),
    })
    .prefault({}),
  weather: z
    .strictObject({
      url: url
        .optional()
        .describe("forecast API in Open-Meteo's format, asked for every province; without one none is asked")
        .meta(env("TOCSIN_WEATHER_URL")),
      key: z
        .string()
        .min(1)
        .optional()
        .describe("key of that API; keep it in the environment")
        .meta(env("TOCSIN_WEATHER_KEY")),
      every: duration
        .refine((ms) => ms >= 60_000, "expected at least 1m")
        .prefault("6h")
        .describe("how often it is asked; every answer is kept as an issue of its own")
        .meta(env("TOCSIN_WEATHER_EVERY")),
      days: whole(1, 16).prefault(7).describe("days of forecast, today among them").meta(env("TOCSIN_WEATHER_DAYS")),
      timeout: duration.prefault("20s").describe("how long it may take to answer").meta(env("TOCSIN_WEATHER_TIMEOUT")),
    })
    .prefault({}),
  calendar: z
    .strictObject({
      file: z
        .string()
        .min(1)
        .optional()
        .describe("promotion calendar, CSV or JSON (`tocsin context --help`); an edited row is a new issue")
        .meta(env("TOCSIN_CALENDAR_FILE")),
      every: duration
        .refine((ms) => ms >= 1000, "expected at least 1s")
        .prefault("1m")
        .describe("how often it is read")
        .meta(env("TOCSIN_CALENDAR_EVERY")),
    })
    .prefault({}),
  logLevel: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"])
    .prefault("info")
    .describe("least level that is logged, on standard error")
    .meta(env("TOCSIN_LOG_LEVEL")),
});

export type Settings = z.output<typeof settingsSchema>;

export interface Setting {
  /** Path in the file, such as http.port. */
  readonly path: string;
  readonly env: string;
}

/** All settings, flat: where environment variables go. */
export function allSettings(schema: z.ZodType = settingsSchema, path: readonly string[] = []): Setting[] {
  const meta = schema.meta();
  const inner = "unwrap" in schema ? (schema as unknown as { unwrap(): z.ZodType }).unwrap() : schema;
  if (meta?.env === undefined && inner instanceof z.ZodObject) {
    return Object.entries(inner.shape).flatMap(([key, field]) => allSettings(field as z.ZodType, [...path, key]));
  }
  if (meta?.env === undefined) return inner === schema ? [] : allSettings(inner, path);
  return [{ path: path.join("."), env: String(meta.env) }];
}

/**
 * Settings from a YAML file, overridden by the environment.
 * @throws ConfigError that names every bad value at once
 */
export function readSettings(file: string | undefined, environment: NodeJS.ProcessEnv): Settings {
  const given: Record<string, unknown> = file === undefined ? {} : readYaml(file);
  for (const { path, env: name } of allSettings()) {
    const value = environment[name];
    if (value !== undefined && value !== "") assign(given, path.split("."), value);
  }
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) throw faultsIn(file ?? "the environment", parsed.error);
  return parsed.data;
}

/** Sets a value inside of what the file said; where that is no section there is nothing to set, and the schema says so. */
function assign(target: unknown, [head = "", ...rest]: string[], value: string): void {
  if (typeof target !== "object" || target === null || Array.isArray(target)) return;
  const section = target as Record<string, unknown>;
  if (rest.length === 0) section[head] = value;
  else {
    if (section[head] === undefined) section[head] = {};
    assign(section[head], rest, value);
  }
}
