import Fastify, { type FastifyInstance } from "fastify";
import { Counter, Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROWS } from "../../dashboards/lists.ts";
import { healthJudge } from "../../dashboards/live/health.ts";
import { language } from "../../dashboards/live/language.ts";
import { livePage } from "../../dashboards/live/plugin.ts";
import { remember } from "../../dashboards/live/remember.ts";
import type { LiveStatus } from "../../dashboards/live/status.ts";
import type { Store } from "../../infra/store/port.ts";
import { emptyStore } from "./open.ts";
import * as rows from "./rows.ts";

const { T0, HOUR } = rows;
const RUNNING: LiveStatus = { phase: "running", speed: 300, eventsPerSecond: 1234, pending: 5, progress: 0.5 };

let store: Store;
let broken = false;
let nowMs = 0;
let status = RUNNING;
let app: FastifyInstance;

beforeAll(async () => {
  store = await emptyStore();
  const registry = new Registry();
  new Counter({ name: "tocsin_test_total", help: "test", registers: [registry] }).inc(3);
  // The real store; when `broken` it answers as one that is gone.
  const fragile: Store = {
    ...store,
    query: (sql, params) => (broken ? Promise.reject(new Error("gone: secret host")) : store.query(sql, params)),
    ping: () => (broken ? Promise.reject(new Error("gone")) : store.ping()),
  };
  app = Fastify();
  await app.register(
    livePage({
      store: fragile,
      registry,
      status: () => status,
      regionName: (code, lang) => (code === "440000" ? (lang === "en" ? "Guangdong" : "广东") : code),
      now: () => nowMs,
      stuckAfterMs: 60_000,
    }),
  );
});
afterAll(async () => {
  await app.close();
  await store.close();
});

const get = async (url: string, headers: Record<string, string> = {}) => app.inject({ method: "GET", url, headers });
const later = (ms: number) => {
  nowMs += ms;
};

describe("the page", () => {
  test("comes in the language asked for, then in the browser's, then in English", async () => {
    expect((await get("/?lang=zh-CN")).body).toContain('<html lang="zh-CN">');
    expect((await get("/?lang=en", { "accept-language": "zh-CN" })).body).toContain("Stalled parcels");
    expect((await get("/", { "accept-language": "fr, zh-TW;q=0.8, en;q=0.7" })).body).toContain("停滞包裹");
    expect((await get("/?lang=zh&lang=en")).statusCode).toBe(200);
    expect(language("<script>", "")).toBe("en");
    expect(language(undefined, "en;q=0, zh")).toBe("zh-CN");
  });

  test("runs its own script only, asks nobody else, and has no slot left open", async () => {
    const page = await get("/");
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[\w+/=]+'; style-src 'sha256-[\w+/=]+'/);
    expect(policy).not.toContain("unsafe");
    expect(page.headers["x-content-type-options"]).toBe("nosniff");
    expect(page.body).not.toMatch(/\{\{\w+\}\}/);
    expect(page.body.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
    expect(page.body).not.toMatch(/\son\w+=|\sstyle=/);
  });
});

describe("the data", () => {
  test("of an empty store is empty, not an error", async () => {
    const { lists } = (await get("/api/lists")).json();
    expect(lists).toEqual({
      stalled: { total: 0, rows: [] },
      actions: [],
      findings: [],
      chart: [],
      ahead: [],
    });
    expect((await get("/api/summary")).json().summary.frontier).toBeNull();
  });

  test("is bounded, with the total beside it, and names its regions", async () => {
    await store.insert(
      "finding_changes",
      Array.from({ length: 40 }, (_, i) =>
        rows.findingChange({ finding_id: `f${i}`, order_id: `o${i}`, since: T0 - i * HOUR, region: "440000" }),
      ),
    );
    await store.insert("finding_changes", [rows.findingChange({ finding_id: "f0", change: "ended" })]);
    await store.insert(
      "actions",
      Array.from({ length: 40 }, (_, i) => rows.action({ action_id: `a${i}` })),
    );
    await store.insert("progress", [rows.progress({ watermark: T0 + 90 * 60_000, received: 7 })]);
    await store.insert("complaint_events", [
      rows.complaintEvent({ complaint_id: "k1", event_id: "k1", at: T0 }),
      rows.complaintEvent({ complaint_id: "k1", event_id: "k1", at: T0 }),
      rows.complaintEvent({ complaint_id: "k2", event_id: "k2", at: T0 + HOUR }),
      rows.complaintEvent({ complaint_id: "k3", event_id: "k3", at: T0 + HOUR }),
    ]);
    const said = { issued_at: T0 - HOUR, day: T0 + 23 * HOUR };
    await store.insert("forecast_spikes", [
      rows.forecastSpike({ ...said, issued_at: T0 - 25 * HOUR, region: "420000", probability: 0.9 }),
      rows.forecastSpike({ ...said, region: "440000", probability: 0.4, status: "biased", automatic: false }),
      rows.forecastSpike({ ...said, region: "440000", day: T0 + 47 * HOUR, probability: 0.6 }),
      rows.forecastSpike({ ...said, region: "420000", probability: 0.01 }),
    ]);
    later(60_000);
    const answer = (await get("/api/lists?lang=zh-CN")).json();
    // What was said last, and of that what is likely at all.
    expect(answer.lists.ahead).toMatchObject([
      {
        region: "440000",
        probability: 0.6,
        day: new Date(T0 + 47 * HOUR).toISOString(),
        automatic: true,
        promotion: 6,
      },
      { region: "440000", probability: 0.4, automatic: false },
    ]);
    expect(answer.regions).toEqual({ "440000": "广东", "420000": "420000" });
    expect(answer.lists.stalled.total).toBe(39);
    expect(answer.lists.stalled.rows).toHaveLength(ROWS);
    // the one that stands still the longest comes first
    expect(answer.lists.stalled.rows[0].orderId).toBe("o39");
    expect(answer.lists.actions).toHaveLength(ROWS);
    expect(answer.lists.findings[0]).toMatchObject({ kind: "stalled_transit", change: "opened" });
    const points = answer.lists.chart;
    expect(points).toHaveLength(48);
    expect(points.slice(-2).map((p: { observed: number }) => p.observed)).toEqual([1, 2]);
    expect(points.at(-1)).toEqual({
      at: "2026-11-11T01:00:00.000Z",
      observed: 2,
      expected: null,
      upper: null,
      alarm: false,
    });
  });

  test("shows what was forecast before each hour, and where an alarm was raised", async () => {
    const issue = (issued_at: number, mean: number, upper: number) =>
      rows.forecastIssue({ issued_at, points: [{ at: T0, mean, upper }] });
    await store.insert("forecast_issues", [
      issue(T0 - 2 * HOUR, 7, 12),
      issue(T0 - HOUR, 8, 13),
      issue(T0 + HOUR, 99, 99), // told afterwards
      rows.forecastIssue({ series: "complaints|region|440000", points: [{ at: T0, mean: 55 }] }),
      rows.forecastIssue({ step: "day", points: [{ at: T0, mean: 77 }] }),
    ]);
    await store.insert("judgements", [
      rows.judgement({ at: T0 - 5 * HOUR, bucket_ms: 6 * HOUR, alarm: true }), // raised at the end of the hour of T0
      rows.judgement({ at: T0 + HOUR, alarm: false }),
      rows.judgement({ at: T0 + HOUR, series: "stalls|hub|H|", measure: "stalls", alarm: true }),
    ]);
    later(60_000);
    const { chart } = (await get("/api/lists")).json().lists;
    expect(chart.at(-2)).toMatchObject({ observed: 1, expected: 8, upper: 13, alarm: true });
    expect(chart.at(-1)).toMatchObject({ observed: 2, expected: null, alarm: false });
  });

  test("a store that is gone is a 503 that says so, and nothing of the inside", async () => {
    broken = true;
    later(60_000);
    for (const url of ["/api/summary", "/api/lists", "/healthz"]) {
      const answer = await get(url);
      expect(answer.statusCode, url).toBe(503);
      expect(answer.body).toContain("the store does not answer");
      expect(answer.body).not.toContain("secret");
    }
    broken = false;
    expect((await get("/api/summary")).statusCode).toBe(200);
  });
});

describe("/healthz and /metrics", () => {
  test("stuck work is a 503 with the reason, and moving on mends it", async () => {
    later(60_000);
    expect((await get("/healthz")).json()).toMatchObject({ ok: true, reason: "moving" });
    later(59_000);
    expect((await get("/healthz")).statusCode).toBe(200);
    later(1000);
    const stuck = await get("/healthz");
    expect(stuck.statusCode).toBe(503);
    expect(stuck.json().reason).toBe("5 records wait and event time has stood at 2026-11-11T01:30:00.000Z for 60 s");
    status = { ...RUNNING, pending: 0 };
    expect((await get("/healthz")).json()).toMatchObject({ ok: true, reason: "nothing to do" });
    status = { ...RUNNING, phase: "failed", detail: "disk full" };
    expect((await get("/healthz")).json()).toMatchObject({ ok: false, reason: "failed: disk full" });
    status = { ...RUNNING, phase: "starting", pending: 0 };
    expect((await get("/healthz")).statusCode).toBe(503);
    status = RUNNING;
  });

  test("a probe after a quiet night is not fooled", () => {
    const judge = healthJudge(60_000);
    expect(judge("t", { ...RUNNING, pending: 0 }, 0).ok).toBe(true);
    expect(judge("t", RUNNING, 8 * HOUR).ok).toBe(true);
    expect(judge("t", RUNNING, 8 * HOUR + 60_000).ok).toBe(false);
    expect(judge("t2", RUNNING, 8 * HOUR + 61_000).ok).toBe(true);
  });

  test("metrics are the registry's", async () => {
    const answer = await get("/metrics");
    expect(answer.headers["content-type"]).toContain("text/plain");
    expect(answer.body).toContain("tocsin_test_total 3");
  });
});

describe("remember", () => {
  test("asks once for everybody, keeps what was slow for longer, forgets failures", async () => {
    let [asked, at, fails] = [0, 0, false];
    const value = remember(
      async () => {
        asked++;
        at += 1000;
        if (fails) throw new Error("no");
        return asked;
      },
      () => at,
    );
    expect(await Promise.all([value(), value(), value()])).toEqual([1, 1, 1]);
    at += 3999;
    expect(await value()).toBe(1);
    at += 1;
    fails = true;
    await expect(value()).rejects.toThrow("no");
    fails = false;
    expect(await value()).toBe(3);
  });
});
