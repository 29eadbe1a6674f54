import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { policySchema, readPolicy } from "../../infra/config/policy.ts";
import { reference } from "../../infra/config/reference.ts";
import { allSettings, readSettings, settingsSchema } from "../../infra/config/settings.ts";
import { ConfigError } from "../../infra/config/yaml.ts";

const directory = mkdtempSync(join(tmpdir(), "tocsin-config-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
let files = 0;
function file(text: string): string {
  files += 1;
  const path = join(directory, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
}
function faultOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("expected a fault, got none");
}

describe("settings", () => {
  test("without anything given, the defaults", () => {
    expect(readSettings(undefined, {})).toMatchObject({
      dir: ".tocsin",
      partitions: 8,
      checkpointEvery: 30_000,
      idleAfter: 15_000,
      http: { host: "127.0.0.1", port: 7070 },
      kafka: { brokers: [] },
    });
    expect(readSettings(file(""), {})).toEqual(readSettings(undefined, {}));
  });

  test("every setting has a description and an environment variable of its own", () => {
    const all = allSettings();
    expect(all.map(({ path }) => path)).toEqual(expect.arrayContaining(["dir", "http.port", "webhook.secret"]));
    const lines = reference().split("\n");
    for (const { path, env } of all) {
      expect(env, path).toMatch(/^[A-Z][A-Z_]+$/);
      expect(
        lines.find((line) => line.startsWith(`| \`${path}\``)),
        path,
      ).toMatch(/\| [^|]*\w[^|]* \|$/);
    }
    for (const field of ["env", "path"] as const) expect(new Set(all.map((one) => one[field])).size).toBe(all.length);
  });

  test("every field of the schema is a setting: none can be given in the file alone", () => {
    const paths = (value: unknown, path: string[]): string[] =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, inner]) => paths(inner, [...path, key]))
        : [path.join(".")];
    const known = new Set(allSettings().map(({ path }) => path));
    expect(paths(settingsSchema.parse({}), []).filter((path) => !known.has(path))).toEqual([]);
  });

  test("the environment overrides the file, and what is empty there does not", () => {
    const path = file("partitions: 3\nhttp:\n  port: 1\n  host: localhost\nkafka:\n  brokers: [a:1]\n");
    expect(readSettings(path, {})).toMatchObject({ partitions: 3, http: { port: 1, host: "localhost" } });
    const environment = {
      TOCSIN_PARTITIONS: "4",
      TOCSIN_HTTP_PORT: "2",
      TOCSIN_HTTP_HOST: "",
      KAFKA_BROKERS: "b:1, c:2",
    };
    expect(readSettings(path, environment)).toMatchObject({
      partitions: 4,
      http: { port: 2, host: "localhost" },
      kafka: { brokers: ["b:1", "c:2"] },
    });
  });

  test("every bad value is named at once, wherever it came from", () => {
    const path = file("partitions: 0\nregions: mars\nsurprise: 1\nhttp:\n  prot: 1\n");
    const message = faultOf(() =>
      readSettings(path, { TOCSIN_HTTP_PORT: "99999", TOCSIN_IDLE_AFTER: "soon", CLICKHOUSE_URL: "ftp://x" }),
    );
    for (const name of ["partitions", "regions", "surprise", "prot", "http.port", "idleAfter", "clickhouse.url"]) {
      expect(message).toContain(name);
    }
    expect(message).toContain(path);
  });

  test("a webhook needs its secret and a secret its webhook", () => {
    expect(faultOf(() => readSettings(undefined, { TOCSIN_WEBHOOK_URL: "https://x.example" }))).toContain("together");
    expect(faultOf(() => readSettings(undefined, { TOCSIN_WEBHOOK_SECRET: "0123456789abcdef" }))).toContain("together");
  });

  const bad = [
    "just text",
    "- a\n- b",
    "5",
    "http: 5",
    "http: [1]",
    "http:\n  port:",
    "http:\n  port: true",
    "partitions: true",
    "partitions: [4]",
  ];
  test.each(bad)("a file that says %j is a fault and not something else", (text) => {
    for (const environment of [{}, { TOCSIN_HTTP_HOST: "x", TOCSIN_DIR: "y" }]) {
      expect(faultOf(() => readSettings(file(text), environment))).toMatch(/fault|expected/);
    }
  });

  test("what is no YAML is a fault of that file", () => {
    const path = file("a: [");
    expect(faultOf(() => readSettings(path, {}))).toContain(path);
    expect(faultOf(() => readPolicy(path))).toContain(path);
  });

  test.each(["", " ", "x", "1.5", "-1", "1e99", "0x"])("a port of %j is none, or the default", (text) => {
    if (text === "") expect(readSettings(undefined, { TOCSIN_HTTP_PORT: text }).http.port).toBe(7070);
    else expect(faultOf(() => readSettings(undefined, { TOCSIN_HTTP_PORT: text }))).toContain("http.port");
  });
});

describe("the policy", () => {
  test("without a file the built-in numbers hold, and an empty file says the same", () => {
    const { policy, version } = readPolicy();
    expect(policy.complain).toMatchObject({ firstResponse: 600_000, investigation: 3_600_000, repeatFrom: 2 });
    expect(version).toMatch(/^[\w-]{8}$/);
    expect(readPolicy(file(""))).toEqual({ policy, version });
    expect(readPolicy(file("complain:\n  firstResponse: 10m\n")).version).toBe(version);
  });

  test("an unknown key is refused wherever it stands", () => {
    for (const text of ["complian: {}", "complain:\n  firstRespons: 10m", "track:\n  stalledAfter:\n    hubb: 1h"]) {
      expect(faultOf(() => readPolicy(file(text)))).toMatch(/complian|firstRespons|hubb/);
    }
  });

  test("every bad value is named at once", () => {
    const message = faultOf(() =>
      readPolicy(file("disorder: 5\ncomplain:\n  firstResponse: ten\n  repeatFrom: 1\nhotspot:\n  alpha: 2\n")),
    );
    for (const name of ["disorder", "firstResponse", "repeatFrom", "alpha"]) expect(message).toContain(name);
  });

  test.each([
    ["90s", 90_000],
    ["10m", 600_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
    ["250ms", 250],
    ["0s", 0],
  ])("a duration of %s", (text, ms) => {
    expect(readPolicy(file(`disorder: ${text}\n`)).policy.disorder).toBe(ms);
  });
  test.each(["10", "-5m", "5 m", "1h30m", "5M", "m", '""', "1e3s"])("%s is no duration", (text) => {
    expect(faultOf(() => readPolicy(file(`disorder: ${text}\n`)))).toContain("disorder");
  });

  test("its version changes with any number and not with the order or spelling of what is said", () => {
    const one = "complain:\n  firstResponse: 11m\n  repeatFrom: 3\ndisorder: 60s\n";
    const same = "# later\ndisorder: 1m\ncomplain: { repeatFrom: 3, firstResponse: 660s }\n";
    const other = one.replace("11m", "12m");
    const [a, b, c] = [one, same, other].map((text) => readPolicy(file(text)).version);
    expect(b).toBe(a);
    expect(c).not.toBe(a);
    expect(a).not.toBe(readPolicy().version);
  });

  test("two policies have one version only when they decide the same", () => {
    const minutes = fc.integer({ min: 1, max: 4 });
    const said = fc.record({ first: minutes, investigation: minutes, weeks: minutes });
    const write = ({ first, investigation, weeks }: { first: number; investigation: number; weeks: number }) =>
      readPolicy(
        file(
          `complain:\n  firstResponse: ${first}m\n  investigation: ${investigation}h\nhotspot:\n  weeks: ${weeks}\n`,
        ),
      );
    fc.assert(
      fc.property(said, said, (a, b) => {
        const [x, y] = [write(a), write(b)];
        expect(x.version === y.version).toBe(JSON.stringify(x.policy) === JSON.stringify(y.policy));
      }),
      { numRuns: 60 },
    );
  });

  test("its sections are the processes that decide", () => {
    expect(Object.keys(policySchema.shape)).toEqual([
      "disorder",
      "learn",
      "track",
      "complain",
      "hotspot",
      "flow",
      "predict",
      "promise",
      "act",
      "alert",
    ]);
  });
});

test.each(["b", "b:", ":9092", "b:0", "b:65536", "http://b:9092", "b:9092/x", "a:1,b"])(
  "brokers are host:port, not %s",
  (brokers) => {
    expect(() => readSettings(undefined, { KAFKA_BROKERS: brokers })).toThrow(/expected host:port.*brokers/s);
  },
);

test.each(["b:9092", "127.0.0.1:1, [::1]:65535", "kafka-0.kafka.svc:9092"])("brokers may be %s", (brokers) => {
  expect(readSettings(undefined, { KAFKA_BROKERS: brokers }).kafka.brokers.length).toBeGreaterThan(0);
});
