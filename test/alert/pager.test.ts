import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BreachChange, IncidentChange, PageChange, WarningChange } from "../../processors/alert/page.ts";
import { advance, emptyPager, type Input } from "../../processors/alert/pager.ts";
import { type AlertPolicy, alertPolicy } from "../../processors/alert/policy.ts";
import { loadPager, savePager } from "../../processors/alert/saved.ts";
import { createWriter } from "../../processors/alert/text.ts";
import { windows } from "../deliver/support.ts";

const MIN = 60_000;
// From the first case on, so that small examples show what pages do.
const DEFAULTS = alertPolicy.parse({
  clocks: { first_response_overdue: { pageFrom: 1, warningFrom: 1, criticalFrom: 20 } },
});
const places = (_: string, value: string) => ({ "zh-CN": `${value}省`, en: value });

const incident = (over: Partial<IncidentChange>): IncidentChange => ({
  incidentId: "i1",
  at: 0,
  change: "opened",
  measure: "stalls",
  dimension: "hub",
  value: "武汉",
  type: "",
  since: 0,
  observed: 48,
  expected: 6,
  pValue: 1e-9,
  size: 42,
  evidence: "{}",
  parcels: 0,
  cases: 0,
  customers: 0,
  money: 0,
  next24: 0,
  causes: "",
  remedy: "",
  ...over,
});
const breach = (findingId: string, at: number, change: "opened" | "ended" = "opened"): BreachChange => ({
  findingId,
  at,
  change,
  clock: "first_response_overdue",
  region: "110000",
  due: at,
});
const run = (inputs: readonly Input[], to = 100_000 * MIN, policy: AlertPolicy = DEFAULTS) =>
  advance(emptyPager(), inputs, to, policy, createWriter(policy, places));
const brief = (changes: readonly PageChange[]) =>
  changes.map(({ subject, change, at, size, severity, notice }) => [subject, change, at / MIN, size, severity, notice]);

test("a few late first responses page nobody by default, five do, and the page stays until none is left", () => {
  const policy = alertPolicy.parse(undefined);
  const opened = (n: number) => Array.from({ length: n }, (_, i) => breach(`c${i}`, i * MIN));
  expect(run(opened(4), undefined, policy)).toEqual([]);
  const changes = run([...opened(5), breach("c0", 10 * MIN, "ended")], undefined, policy);
  expect(brief(changes).map(([, change, at, size]) => [change, at, size])).toEqual([["opened", 4, 5]]);
});

describe("warnings of forecasts", () => {
  const evidence = (over: object = {}) =>
    JSON.stringify({
      probability: 0.72,
      capacity: 40,
      mean: 63,
      upper: 95,
      causes: { promotion: 18.2, weather: 0, backlog: 4.1, season: -2.2, recent: 0.1 },
      status: "ok",
      automatic: true,
      ...over,
    });
  const warning = (over: Partial<WarningChange>): WarningChange => ({
    warningId: "w1",
    at: 0,
    change: "opened",
    kind: "spike",
    series: "complaints|region|420000",
    region: "420000",
    day: Date.parse("2026-03-04T16:00:00Z"),
    size: 23,
    evidence: evidence(),
    ...over,
  });

  test("a day above capacity is paged before it, and over when it passed or the forecast fell", () => {
    const changes = run([
      warning({ at: 10 * MIN }),
      warning({ at: 20 * MIN, change: "grew", size: 46 }),
      warning({ at: 30 * MIN, change: "resolved" }),
    ]);
    expect(brief(changes)).toEqual([
      ["w1", "opened", 10, 23, "warning", "sent"],
      ["w1", "grew", 20, 46, "warning", "sent"],
      ["w1", "resolved", 30, 46, "warning", "sent"],
    ]);
    expect(changes.map(({ region, subjectKind }) => [region, subjectKind])[0]).toEqual(["420000", "warning"]);
    const { "zh-CN": zh, en } = (changes[0] as PageChange).texts;
    expect(en.title).toBe("Complaints above capacity expected on 2026-03-05: 420000");
    expect(en.what).toContain("72 %");
    expect(en.howBad).toBe("63 expected against 40 that can be answered a day; more than 95 with probability 5 %.");
    expect(en.why).toBe("Of these by cause: promotion +18, backlog +4, season and weekday −2.");
    expect(zh.title).toContain("420000省");
    expect(zh.why).toContain("促销 +18、积压 +4");
    expect(en.whatToDo).not.toContain("judge this one yourself");
  });

  test("one whose series does not hold says that nothing acts on it by itself", () => {
    const [change] = run([warning({ evidence: evidence({ status: "coverage_broken", automatic: false }) })]);
    expect(change?.texts.en.whatToDo).toContain("judge this one yourself");
    expect(change?.texts["zh-CN"].whatToDo).toContain("人工判断");
  });

  test("a series that does not hold is for information, and evidence that is none breaks nothing", () => {
    const [drift] = run([warning({ kind: "drift", size: 9999, evidence: '{"status":"biased"}' })]);
    expect(drift?.severity).toBe("info");
    expect(drift?.texts.en.what).toContain("to one side");
    expect(run([warning({ evidence: "?" })])[0]?.texts.en.howBad).toContain("?");
  });

  test("windows and restarts change nothing", () => {
    const inputs = [
      warning({}),
      warning({ at: 9 * MIN, change: "grew", size: 60 }),
      warning({ at: 19 * MIN, change: "resolved" }),
    ];
    const writer = createWriter(DEFAULTS, places);
    let pager = emptyPager();
    const pieces = inputs.flatMap((input) => {
      const changes = advance(pager, [input], input.at + 1, DEFAULTS, writer);
      pager = loadPager(savePager(pager), []);
      return changes;
    });
    expect(pieces).toEqual(run(inputs));
  });
});

describe("incidents", () => {
  test("of what is foreseen it is said how many orders, of how many, by when, in both languages", () => {
    const by = Date.UTC(2017, 11, 24);
    const alarms = [
      { measure: "slow", value: "RJ", observed: 9, expected: 2 },
      { measure: "predicted_late", value: "RJ", observed: 90, expected: 51.72, ahead: { due: 736, open: 400, by } },
    ];
    const foreseen = { measure: "predicted_late", observed: 90, expected: 51.72, evidence: JSON.stringify({ alarms }) };
    const { texts } = run([incident(foreseen)])[0] as PageChange;
    expect(texts.en.howBad).toContain("Predicted late: 90 of 736 due by 2017-12-24, usual 51.7 (1.7x)");
    expect(texts["zh-CN"].howBad).toContain("2017-12-24 前到期的 736 单中预计 90 单超时，通常 51.7 单（1.7 倍）");
    expect(texts.en.title).toContain("Orders predicted late");
    expect(texts["zh-CN"].title).toContain("预计超时的订单");
  });

  test("one page each: opened, told again when doubled, resolved", () => {
    const changes = run([
      incident({ at: 10 * MIN, size: 42 }),
      incident({ at: 70 * MIN, change: "grew", size: 83 }),
      incident({ at: 130 * MIN, change: "grew", size: 84 }),
      incident({ at: 190 * MIN, change: "resolved", size: 90 }),
    ]);
    expect(brief(changes)).toEqual([
      ["i1", "opened", 10, 42, "warning", "sent"],
      ["i1", "grew", 130, 84, "warning", "sent"],
      ["i1", "resolved", 190, 90, "warning", "sent"],
    ]);
    expect(new Set(changes.map(({ pageId }) => pageId)).size).toBe(1);
  });

  test("becoming graver is told at once, and is never taken back while the page is open", () => {
    const changes = run([
      incident({ size: 60 }),
      incident({ at: MIN, change: "grew", size: 100 }),
      incident({ at: 2 * MIN, change: "grew", size: 99 }),
      incident({ at: 3 * MIN, change: "resolved", size: 0 }),
    ]);
    expect(brief(changes).map(([, change, , size, severity]) => [change, size, severity])).toEqual([
      ["opened", 60, "warning"],
      ["grew", 100, "critical"],
      ["resolved", 100, "critical"],
    ]);
  });

  test("the end of what was never opened is nobody's news", () => {
    expect(run([incident({ change: "resolved" })])).toEqual([]);
  });

  test("says what, where, how bad, why and what to do in both languages", () => {
    const evidence = JSON.stringify({ within: [{ value: "湖北", observed: 40, expected: 5.25 }] });
    const since = Date.UTC(2017, 10, 24, 1, 30);
    const [change] = run([incident({ at: since, since, dimension: "region", value: "华中", evidence })], since + 1);
    expect(change).toMatchObject({ region: "华中", subjectKind: "incident" });
    expect(change?.texts).toEqual({
      "zh-CN": {
        title: "地区 华中省：滞留包裹异常增多",
        what: "滞留包裹明显多于往常，自 2017-11-24 09:30 起。",
        where: "地区 华中省；其中（实际/预期）湖北省 40/5.3",
        howBad: "最近窗口内 48 件，预期 6 件（8 倍）；累计超出 42 件。",
        why: "与平时相比，偶然出现的概率约为 1e-9。",
        whatToDo: expect.stringContaining("加派运力"),
      },
      en: {
        title: "Stalled parcels unusually high: region 华中",
        what: "Stalled parcels far above normal since 2017-11-24 09:30.",
        where: "region 华中; of that (seen/expected) 湖北 40/5.3",
        howBad: "48 in the latest window, expected 6 (8x); 42 beyond the expected so far.",
        why: "Compared with what is normal here, the probability of this by chance is about 1e-9.",
        whatToDo: expect.stringContaining("courier capacity"),
      },
    });
  });

  test.each(["", "[]", "{", '{"within":[1]}', "null"])("evidence %j is no reason to fail", (evidence) => {
    expect(run([incident({ evidence, measure: "moods", dimension: "shop", expected: 0, pValue: 0 })])).toHaveLength(1);
  });
});

describe("clocks", () => {
  test("one page while any case is in breach, resolved half an hour of event time after the last", () => {
    const changes = run([
      breach("a", 0),
      breach("b", 5 * MIN),
      breach("a", 6 * MIN, "ended"),
      breach("b", 9 * MIN, "ended"),
      breach("c", 39 * MIN),
      breach("c", 40 * MIN, "ended"),
      breach("d", 70 * MIN + 1),
    ]);
    expect(brief(changes)).toEqual([
      ["first_response_overdue", "opened", 0, 1, "warning", "sent"],
      ["first_response_overdue", "grew", 5, 2, "warning", "sent"],
      ["first_response_overdue", "resolved", 70, 2, "warning", "sent"],
      ["first_response_overdue", "opened", 70 + 1 / MIN, 1, "warning", "sent"],
    ]);
    expect(changes[0]?.pageId).not.toBe(changes[3]?.pageId);
    expect(changes[1]?.texts.en).toMatchObject({
      title: "First response overdue: 2 cases",
      where: "110000 2",
      howBad: "The oldest was due at 1970-01-01 08:00.",
    });
  });

  test("a breach at the very moment the page would clear keeps it", () => {
    const changes = run([breach("a", 0), breach("a", MIN, "ended"), breach("b", 31 * MIN)], 90 * MIN);
    expect(brief(changes).map(([, change]) => change)).toEqual(["opened"]);
  });

  test("the end of the window fires only what is due before it", () => {
    const inputs = [breach("a", 0), breach("a", MIN, "ended")];
    expect(run(inputs, 31 * MIN)).toHaveLength(1);
    expect(run(inputs, 31 * MIN + 1)).toHaveLength(2);
  });

  test("what begins and ends in one instant, or opens twenty at once, is one step", () => {
    expect(run([breach("a", 0), breach("a", 0, "ended")])).toEqual([]);
    const many = Array.from({ length: 20 }, (_, i) => breach(`f${i}`, 0));
    expect(brief(run(many))).toEqual([["first_response_overdue", "opened", 0, 20, "critical", "sent"]]);
  });
});

describe("storms", () => {
  const policy = alertPolicy.parse({ perHour: 2 });
  const many = (n: number, at: number, id = "i") =>
    Array.from({ length: n }, (_, i) => incident({ incidentId: `${id}${i}`, at: at + i * MIN }));

  test("beyond the hourly number pages go into one digest, which grows and ends like a page", () => {
    const changes = run(many(6, 0), 200 * MIN, policy);
    expect(brief(changes)).toEqual([
      ["i0", "opened", 0, 42, "warning", "sent"],
      ["i1", "opened", 1, 42, "warning", "sent"],
      ["i2", "opened", 2, 42, "warning", "digest"],
      ["digest", "opened", 2, 1, "warning", "sent"],
      ["i3", "opened", 3, 42, "warning", "digest"],
      ["digest", "grew", 3, 2, "warning", "sent"],
      ["i4", "opened", 4, 42, "warning", "digest"],
      ["i5", "opened", 5, 42, "warning", "digest"],
      ["digest", "grew", 5, 4, "warning", "sent"],
      ["digest", "resolved", 65, 4, "warning", "sent"],
    ]);
    expect(changes[3]?.texts["zh-CN"].where).toBe("枢纽 武汉省：滞留包裹异常增多");
  });

  test("a graver page held back is named by the digest at once", () => {
    const inputs = [
      ...many(3, 0),
      incident({ incidentId: "x", at: 3 * MIN }),
      incident({ incidentId: "y", at: 4 * MIN, size: 500 }),
    ];
    const digests = run(inputs, 5 * MIN, policy).filter(({ subject }) => subject === "digest");
    expect(brief(digests).map(([, change, , size, severity]) => [change, size, severity])).toEqual([
      ["opened", 1, "warning"],
      ["grew", 2, "warning"],
      ["grew", 3, "critical"],
    ]);
  });

  test("who never heard of a page does not hear of its end; who hears of its growth does", () => {
    const inputs = [
      ...many(4, 0),
      incident({ incidentId: "i2", at: 30 * MIN, change: "resolved" }),
      incident({ incidentId: "i3", at: 90 * MIN, change: "grew", size: 84 }),
      incident({ incidentId: "i3", at: 95 * MIN, change: "resolved" }),
    ];
    const later = run(inputs, 100 * MIN, policy).filter(({ at, subject }) => at > 10 * MIN && subject !== "digest");
    expect(brief(later).map(([subject, change, , , , notice]) => [subject, change, notice])).toEqual([
      ["i2", "resolved", "none"],
      ["i3", "grew", "sent"],
      ["i3", "resolved", "sent"],
    ]);
  });
});

/** Incidents and breaches as their makers say them: opened before anything else, ended once. */
const minute = fc.integer({ min: 0, max: 240 }).map((m) => m * MIN);
const incidents = fc
  .array(
    fc.tuple(fc.array(minute, { minLength: 1, maxLength: 5 }), fc.array(fc.nat(300), { minLength: 5, maxLength: 5 })),
    { maxLength: 8 },
  )
  .map((all) =>
    all.flatMap(([times, sizes], n) =>
      [...new Set(times)]
        .sort((a, b) => a - b)
        .map((at, i, sorted) =>
          incident({
            incidentId: `i${n}`,
            at,
            change: i === 0 ? "opened" : i === sorted.length - 1 ? "resolved" : "grew",
            size: sizes[i] ?? 0,
          }),
        ),
    ),
  );
const breaches = fc
  .array(
    fc.tuple(
      minute,
      fc.integer({ min: 0, max: 60 }),
      fc.constantFrom("first_response_overdue", "investigation_overdue"),
    ),
    { maxLength: 12 },
  )
  .map((all) =>
    all.flatMap(([at, minutes, clock], n) => {
      const opened = { ...breach(`f${n}`, at), clock } as BreachChange;
      return [opened, { ...opened, at: at + minutes * MIN, change: "ended" as const }];
    }),
  );
const inputs = fc.tuple(incidents, breaches).map(([a, b]) => [...b, ...a].sort((x, y) => x.at - y.at));
const policies = fc
  .record({ perHour: fc.integer({ min: 1, max: 4 }), clear: fc.nat(40), digest: fc.integer({ min: 1, max: 90 }) })
  .map(({ perHour, clear, digest }) =>
    alertPolicy.parse({ perHour, clearAfter: `${clear}m`, digestFor: `${digest}m` }),
  );
const cuts = fc.array(fc.integer({ min: 0, max: 400 * MIN }), { maxLength: 6 });
const END = 500 * MIN;

test("law: any cut into windows, with a restart at each cut, gives the same pages", () => {
  fc.assert(
    fc.property(inputs, policies, cuts, (all, policy, at) => {
      const writer = createWriter(policy, places);
      let state = "";
      const pieces = windows(-1, END, [...at, ...all.slice(0, 3).map((input) => input.at)]).flatMap(({ from, to }) => {
        const open = new Map<string, BreachChange>();
        for (const input of all) {
          if ("incidentId" in input || input.at >= from) continue;
          if (input.change === "opened") open.set(input.findingId, input);
          else open.delete(input.findingId);
        }
        const pager = loadPager(state, [...open.values()].reverse());
        const inside = all.filter((input) => input.at >= from && input.at < to);
        const changes = advance(pager, inside, to, policy, writer);
        state = savePager(pager);
        return changes;
      });
      expect(pieces).toEqual(run(all, END, policy));
    }),
  );
});

test("law: in no hour more is sent than the policy says, and every page opens once and ends once", () => {
  fc.assert(
    fc.property(inputs, policies, (all, policy) => {
      const changes = run(all, END, policy);
      const sent = changes.filter((c) => c.notice === "sent" && c.change !== "resolved" && c.subjectKind !== "digest");
      for (const { at } of sent) {
        const within = sent.filter((other) => other.at <= at && other.at > at - 60 * MIN);
        expect(within.length).toBeLessThanOrEqual(policy.perHour);
      }
      expect(changes.map(({ at }) => at)).toEqual(changes.map(({ at }) => at).sort((a, b) => a - b));
      const pages = grouped(changes);
      for (const steps of pages.values()) {
        const said = steps.map(({ change }) => change);
        expect(said.indexOf("opened")).toBe(0);
        expect(said.lastIndexOf("opened")).toBe(0);
        expect(said.filter((change) => change === "resolved").length).toBeLessThanOrEqual(1);
        if (said.includes("resolved")) expect(said.at(-1)).toBe("resolved");
        const told = steps.some(({ notice, change }) => notice === "sent" && change !== "resolved");
        expect(steps.at(-1)?.change !== "resolved" || (steps.at(-1)?.notice === "sent") === told).toBe(true);
      }
      for (const page of pages.values()) {
        if (page[0]?.subjectKind !== "incident") expect(page.at(-1)?.change).toBe("resolved");
      }
    }),
  );
});

test.each([
  [{ perHour: 0 }, "perHour"],
  [{ clearAfter: "30" }, "expected a number with a unit"],
  [{ timeZone: "Mars/Olympus" }, "IANA"],
  [{ incidents: { warningFrom: 5, criticalFrom: 4 } }, "at or below"],
  [{ runbook: "javascript:alert(1)" }, "runbook"],
  [{ quiet: true }, "quiet"],
])("the policy %j is refused", (policy, message) => {
  expect(() => alertPolicy.parse(policy)).toThrow(message);
});

function grouped(changes: readonly PageChange[]): Map<string, PageChange[]> {
  const pages = new Map<string, PageChange[]>();
  for (const change of changes) pages.set(change.pageId, [...(pages.get(change.pageId) ?? []), change]);
  return pages;
}
