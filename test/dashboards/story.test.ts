import { describe, expect, test } from "vitest";
import { duration, moment } from "../../dashboards/format.ts";
import { tell } from "../../dashboards/story.ts";
import type { Summary } from "../../dashboards/summary/schema.ts";
import { place, WORDS, type WordKind, word } from "../../dashboards/words.ts";

const quiet: Summary = {
  frontier: null,
  events: { received: 0, accepted: 0, repeated: 0, rejected: 0, late: 0, from: null, to: null },
  orders: 0,
  openOrders: 0,
  stalls: 0,
  openStalls: 0,
  promiseRisks: 0,
  promiseBreaches: 0,
  findings: { total: 0, open: 0, byKind: [] },
  incidents: [],
  incidentCounts: { total: 0, open: 0 },
  cases: {
    total: 0,
    open: 0,
    major: 0,
    closed: 0,
    repeatCustomers: 0,
    firstResponseOverdue: 0,
    respondedInTime: 0,
    respondedInTimeShare: null,
    medianFirstResponseSeconds: null,
    byType: [],
  },
  actions: {
    total: 0,
    approved: 0,
    awaitingApproval: 0,
    held: 0,
    amount: 0,
    amountAwaiting: 0,
    otherCurrencies: [],
    bySteps: [],
    byCause: [],
    deliveries: { delivered: 0, pending: 0, failed: 0 },
  },
  pages: { total: 0, open: 0, bySeverity: [], latest: [] },
  forecasts: { series: 0, points: 0, issuedAt: null, peaks: [] },
};

const incident = {
  incidentId: "i1",
  measure: "stalls",
  dimension: "hub",
  value: "WUH-1",
  type: "",
  since: "2026-11-11T00:00:00.000Z",
  openedAt: "2026-11-11T01:00:00.000Z",
  resolvedAt: null,
  size: 40,
  observed: 30,
  expected: 2.5,
  pValue: 1e-9,
};

const busy: Summary = {
  ...quiet,
  events: {
    received: 12_345,
    accepted: 12_000,
    repeated: 300,
    rejected: 45,
    late: 3,
    from: "2026-11-10T16:00:00.000Z",
    to: "2026-11-17T15:59:00.000Z",
  },
  orders: 2000,
  openOrders: 12,
  stalls: 50,
  openStalls: 4,
  promiseRisks: 20,
  promiseBreaches: 3,
  findings: { total: 73, open: 4, byKind: [{ kind: "stalled_transit", total: 50, open: 4 }] },
  incidents: [
    incident,
    {
      ...incident,
      dimension: "region",
      value: "440000",
      measure: "complaints",
      size: 90,
      resolvedAt: incident.openedAt,
    },
  ],
  incidentCounts: { total: 9, open: 1 },
  cases: { ...quiet.cases, total: 80, major: 2, respondedInTimeShare: 0.925, medianFirstResponseSeconds: 240 },
  actions: {
    ...quiet.actions,
    total: 45,
    approved: 44,
    awaitingApproval: 1,
    amount: 220,
    amountAwaiting: 80,
    bySteps: [{ step: "apology", total: 45 }],
  },
  pages: { ...quiet.pages, total: 3, open: 1 },
};

const regionName = (lang: "zh" | "en") => (code: string) =>
  ({ "440000": lang === "zh" ? "广东" : "Guangdong" })[code] ?? code;

describe("tell", () => {
  test("is honest when nothing happened", () => {
    expect(tell(quiet, "en", String)).toContain("No events came in.");
    expect(tell(quiet, "en", String)).toContain("Nobody was paged.");
    expect(tell(quiet, "zh-CN", String)).toContain("还没有收到任何事件。");
    expect(tell(quiet, "zh-CN", String)).toMatch(/需要关注\n {2}- 没有。$/);
  });

  test("says what happened, where, what was done and what is left, in English", () => {
    const story = tell(busy, "en", regionName("en"));
    expect(story).toContain("From 2026-11-11 00:00 to 2026-11-17 23:59 (Asia/Shanghai).");
    expect(story).toContain("12,345 records came in: 12,000 new, 300 repeated, 45 bad.");
    expect(story).toContain("Parcels stood still 50 times: stuck in transit 50.");
    const guangdong = story.indexOf("Guangdong (complaints): 90 more than expected");
    expect(guangdong).toBeGreaterThan(0);
    expect(story.indexOf("hub WUH-1 (stalled parcels): 40 more than expected")).toBeGreaterThan(guangdong);
    expect(story).toContain("still going on");
    expect(story).toContain("And 7 smaller incidents.");
    expect(story).toContain("44 actions for customers before they asked (apology 45), CN¥220.00 in all.");
    expect(story).toContain("92.5% of complaints had their first response in time, half of them within 4 min.");
    expect(story).toContain("1 action waits for approval (CN¥80.00).");
  });

  test("and in Chinese, with no English word left in it", () => {
    const story = tell(busy, "zh-CN", regionName("zh"));
    expect(story).toContain("广东（投诉）：比预期多 90 件");
    expect(story).toContain("分拨中心 WUH-1（停滞包裹）");
    expect(story.replace("Asia/Shanghai", "").replace("WUH-1", "")).not.toMatch(/[A-Za-z]/);
  });

  test("a summary without a part of the story says so", () => {
    expect(tell({ ...busy, stalls: 0 }, "en", String)).toContain("No parcel stood still for too long.");
    expect(tell({ ...busy, incidentCounts: { total: 0, open: 0 } }, "en", String)).toContain("Nothing stood out");
  });
});

describe("words", () => {
  test("a code without a translation is shown, also when it is the name of something built in", () => {
    expect(word("step", "call_the_mayor", "zh-CN")).toBe("call the mayor");
    expect(word("step", "constructor", "en")).toBe("constructor");
    expect(place("hub", "__proto__", "en", String)).toBe("hub __proto__");
  });

  test("every word is in both languages", () => {
    for (const kind of Object.keys(WORDS) as WordKind[])
      for (const [code, [zh, en]] of Object.entries(WORDS[kind])) {
        expect(zh, code).toMatch(/\p{Script=Han}/u);
        expect(en, code).toMatch(/^[A-Za-z -]+$/);
      }
  });
});

describe("format", () => {
  test("a moment is told in its zone", () => {
    expect(moment("2026-11-10T16:30:00.000Z", "Asia/Shanghai")).toBe("2026-11-11 00:30");
    expect(moment("2026-11-10T16:30:00.000Z", "America/Sao_Paulo")).toBe("2026-11-10 13:30");
  });
  test("a duration rounds to what matters", () => {
    expect([12, 240, 3600, 7800].map((s) => duration(s, "en"))).toEqual(["12 s", "4 min", "1 h", "2 h 10 min"]);
  });
});
