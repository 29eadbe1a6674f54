import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { planHere } from "../../forecasting/plan/plan.ts";
import type { Store } from "../../infra/store/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { createAlert } from "../../processors/alert/main.ts";
import { alertPolicy } from "../../processors/alert/policy.ts";
import { createPredict } from "../../processors/predict/follower.ts";
import { predictPolicy } from "../../processors/predict/policy.ts";
import { openTestStore, recordingLog } from "../deliver/support.ts";
import { DAY, type Fact, HOUR, promotion, START, world } from "./world.ts";

let place: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
const SAID = [
  "forecast_issues",
  "forecast_fits",
  "forecast_scores",
  "forecast_spikes",
  "complaint_events",
  "context_events",
];
beforeAll(async () => {
  place = await openTestStore();
  store = place.store;
});
beforeEach(async () => {
  await place.clear();
  for (const table of SAID) await store.command(`TRUNCATE TABLE ${table}`);
});
afterAll(() => place.close());

interface Page {
  readonly at: string;
  readonly change: string;
  readonly subject: string;
  readonly severity: string;
  readonly region: string;
  readonly body: Record<string, unknown> & { readonly en: Record<string, string> };
}

/** Facts through predict and alert, which waits for it. */
async function live(facts: readonly Fact[], days: number): Promise<readonly Page[]> {
  for (const table of ["complaint_events", "order_events", "context_events"] as const) {
    const rows = facts.filter((fact) => fact.table === table).map(({ row }) => row);
    if (rows.length > 0) await store.insert(table, rows);
  }
  const log = recordingLog();
  const policy = predictPolicy.parse({ spikes: { perDay: { xian: 22, wuhan: 1000, yichang: 1000 }, warnFrom: 0.3 } });
  const followers = [
    createPredict({ store, policy, above: () => undefined, utcOffset: 8, planner: planHere(), holiday: () => false }),
    createAlert({ store, log, policy: alertPolicy.parse({ perHour: 100 }), sinks: [] }),
  ];
  for (const follower of followers) {
    await follower.start(0, "");
    await follower.step({ from: START - DAY, to: START + days * DAY + HOUR });
  }
  return log.messages(TOPICS.alerts).filter(({ subjectKind }) => subjectKind === "warning") as unknown as Page[];
}

const spikesOf = () =>
  store.query<{ warning: string; day: number; status: string; automatic: number | boolean; series: string }>(
    `SELECT warning_id AS warning, toFloat64(toUnixTimestamp64Milli(w.day)) AS day, series,
       JSONExtractString(evidence, 'status') AS status, JSONExtractBool(evidence, 'automatic') AS automatic
     FROM warning_changes AS w FINAL WHERE change = 'opened' AND kind = 'spike' ORDER BY w.at`,
    {},
  );

test("a sale four days off becomes a page before its day, which a machine may act on while the series holds", async () => {
  const sale = promotion(START + 16.5 * DAY, 20, 22, { uplift: 6 });
  const pages = await live([...world(7, { days: 20 }), sale], 20);
  const warned = new Map((await spikesOf()).map((spike) => [spike.warning, spike]));
  const opened = pages.filter(({ change, region }) => change === "opened" && region === "xian");
  expect(opened.length).toBeGreaterThan(0);
  for (const { at, subject, body } of opened) {
    const spike = warned.get(subject);
    expect(Date.parse(at)).toBeLessThan(spike?.day as number);
    expect(body.automatic).toBe(spike?.status === "ok");
  }
  expect(opened.some(({ body }) => body.automatic === true && body.en.why?.includes("promotion"))).toBe(true);
}, 120_000);

test("intervals that no longer hold: a page says so, and no spike of theirs may be acted on without a person", async () => {
  // Complaints come in heaps and droughts that nothing announces.
  const factor = (day: number) => (day < 16 ? 1 : ([0.1, 4, 0.2, 0.1, 5, 3, 0.1][day % 7] as number));
  const sale = promotion(START + 24.5 * DAY, 32, 34, { uplift: 6 });
  const pages = await live([...world(8, { days: 31, factor }), sale], 31);
  const [{ n = 0 } = {}] = await store.query<{ n: number }>(
    "SELECT toFloat64(count()) AS n FROM forecast_spikes FINAL WHERE region = 'xian' AND status = 'coverage_broken' AND automatic",
  );
  expect(n).toBe(0);
  const drift = pages.filter(({ body }) => body.en.title?.includes("Forecasts no longer hold: complaints|region|xian"));
  expect(drift.length).toBeGreaterThan(0);
  expect(drift[0]).toMatchObject({ severity: "info", change: "opened" });
  const broken = (await spikesOf()).filter(({ status }) => status === "coverage_broken");
  expect(broken.length).toBeGreaterThan(0);
  for (const { warning, automatic } of broken) {
    expect(Boolean(automatic)).toBe(false);
    const page = pages.find(({ subject, change }) => subject === warning && change === "opened");
    expect(page?.body.automatic).toBe(false);
    expect(page?.body.en.whatToDo).toContain("nothing acts on them by itself");
  }
}, 120_000);
