import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Store } from "../../infra/store/port.ts";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { createAlert } from "../../processors/alert/main.ts";
import { alertPolicy } from "../../processors/alert/policy.ts";
import { findingRow, openTestStore, recordingLog, windows } from "../deliver/support.ts";

let place: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  place = await openTestStore();
  store = place.store;
});
beforeEach(() => place.clear());
afterAll(() => place.close());

const MIN = 60_000;
const T = Date.UTC(2017, 10, 24);
const policy = alertPolicy.parse({ perHour: 2, runbook: "https://example.test/runbook" });
const alert = (log = recordingLog(), sinks: string[] = ["webhook", "alertmanager"], atATime = 5000) =>
  createAlert({ store, log, policy, sinks, atATime });
const pages = () => store.query("SELECT * FROM page_changes FINAL ORDER BY at, page_id, change");
const marks = () =>
  store.query<{ effect_id: string }>("SELECT * FROM deliveries FINAL WHERE sink = 'webhook' ORDER BY effect_id");

const incidentRow = (incident_id: string, at: number, change: string, size: number) => ({
  incident_id,
  at,
  change,
  measure: change === "resolved" ? "" : "complaints",
  dimension: "region",
  value: "440000",
  type: "",
  since: T,
  observed: size + 3,
  expected: 3,
  p_value: 1e-7,
  size,
  evidence: "{}",
});
const breach = (id: string, at: number, change = "opened") =>
  findingRow({ finding_id: id, at, change, kind: "investigation_overdue", region: "110000", due: at });

test("pages become rows, messages and marks; what is held back is owed to nobody", async () => {
  await store.insert("incident_changes", [
    incidentRow("i1", T, "opened", 40),
    incidentRow("i2", T + MIN, "opened", 50),
    incidentRow("i1", T + 3 * MIN, "resolved", 0),
  ]);
  await store.insert("finding_changes", [
    breach("f1", T + 2 * MIN),
    findingRow({ finding_id: "s1", at: T, kind: "stalled_transit", order_id: "o1" }),
  ]);
  const log = recordingLog();
  const follower = alert(log);
  await follower.start(0, "");
  await follower.step({ from: 0, to: T + 4 * MIN });
  expect(await store.query("SELECT * FROM page_changes FINAL ORDER BY at, subject DESC")).toMatchObject([
    {
      at: "2017-11-24 00:00:00.000",
      change: "opened",
      subject_kind: "incident",
      subject: "i1",
      severity: "warning",
      region: "440000",
      size: 40,
      title: "地区 440000：投诉异常增多 · Complaints unusually high: region 440000",
    },
    { change: "opened", subject: "i2" },
    { change: "opened", subject_kind: "clock", subject: "investigation_overdue", severity: "critical" },
    { change: "opened", subject_kind: "digest", size: 1, severity: "critical" },
    { change: "resolved", subject: "i1", size: 40 },
  ]);
  const messages = log.messages(TOPICS.alerts);
  expect(messages.map(({ subject, change }) => [subject, change])).toEqual([
    ["i1", "opened"],
    ["i2", "opened"],
    ["investigation_overdue", "opened"],
    ["digest", "opened"],
    ["i1", "resolved"],
  ]);
  expect(messages[0]).toMatchObject({
    at: "2017-11-24T00:00:00.000Z",
    subjectKind: "incident",
    body: { "zh-CN": { whatToDo: expect.any(String) }, notice: "sent", runbook: "https://example.test/runbook" },
  });
  const owed = messages
    .filter(({ subject }) => subject !== "investigation_overdue")
    .map(({ pageId, at, change }) => `${pageId}.${Date.parse(at as string)}.${change}`);
  expect((await marks()).map(({ effect_id }) => effect_id)).toEqual(owed.sort());
});

test("law: any cut of time, with a restart at each cut and a window done twice, gives the same pages and marks", async () => {
  const minute = fc.integer({ min: 0, max: 120 });
  const rows = fc.record({
    breaches: fc.array(fc.tuple(minute, fc.integer({ min: 0, max: 40 })), { maxLength: 8 }),
    incidents: fc.array(fc.tuple(minute, fc.integer({ min: 1, max: 60 }), fc.nat(200)), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(rows, fc.array(minute, { maxLength: 4 }), fc.nat(4), async (all, cuts, crash) => {
      await place.clear();
      await store.insert(
        "finding_changes",
        all.breaches.flatMap(([at, minutes], i) => [
          breach(`f${i}`, T + at * MIN),
          breach(`f${i}`, T + (at + minutes) * MIN, "ended"),
        ]),
      );
      await store.insert(
        "incident_changes",
        all.incidents.flatMap(([at, minutes, size], i) => [
          incidentRow(`i${i}`, T + at * MIN, "opened", size),
          incidentRow(`i${i}`, T + (at + minutes) * MIN, "resolved", size),
        ]),
      );
      const end = T + 300 * MIN;
      const whole = alert();
      await whole.start(0, "");
      await whole.step({ from: 0, to: end });
      const expected = [await pages(), await marks()];
      await store.command("TRUNCATE TABLE page_changes");
      await store.command("TRUNCATE TABLE deliveries");
      let state = "";
      for (const [i, window] of windows(
        0,
        end,
        cuts.map((cut) => T + cut * MIN),
      ).entries()) {
        // Few at a time are a cut of time, too.
        const follower = alert(undefined, undefined, 1 + (i % 3));
        await follower.start(window.from, state);
        const next = (await follower.step(window)) ?? "";
        // Killed before its cursor was stored: the rows are there, the state is the old one.
        if (i === crash) {
          const again = alert();
          await again.start(window.from, state);
          await again.step(window);
        }
        state = next;
      }
      expect([await pages(), await marks()]).toEqual(expected);
    }),
    { numRuns: 10 },
  );
});
