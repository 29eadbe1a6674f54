import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createComplain } from "../../processors/complain/machine.ts";
import { complainPolicy } from "../../processors/complain/policy.ts";
import { linesOf } from "../../processors/shell/cut.ts";
import { at, HOUR, type Input, MINUTE, play, T0, toRecords } from "../shell/fold.ts";

const policy = complainPolicy.parse(undefined);
const create = () => createComplain(policy, "test");
const DAY = 24 * HOUR;
const run = (inputs: Input[]) => play("complaints", create, toRecords(inputs));
const event = (complaintId: string, kind: string, time: number, more: object = {}): Input => ({
  complaintId,
  customerId: "c",
  kind,
  occurredAt: at(time),
  ...more,
});
const opened = (id: string, time: number, more: object = {}) => event(id, "opened", time, more);
const kinds = (inputs: Input[], change = "opened") =>
  run(inputs)
    .tables.findings(change)
    .map(({ kind, reason }) => (change === "opened" ? kind : `${kind} ${reason}`))
    .sort();

describe("the first response", () => {
  const ANSWERS = ["responded", "solution_proposed", "called_back", "resolved", "closed", "withdrawn"];

  test.each(ANSWERS)("%s exactly at ten minutes is in time, a moment later it is not", (kind) => {
    const answered = (late: number) => [opened("k", T0), event("k", kind, T0 + 10 * MINUTE + late)];
    expect(kinds(answered(0))).toEqual([]);
    expect(kinds(answered(1))).toEqual(["first_response_overdue"]);
    expect(kinds(answered(1), "ended")).toEqual(["first_response_overdue answered"]);
  });

  test("an acknowledgement is no answer", () => {
    const inputs = [opened("k", T0), event("k", "acknowledged", T0 + 1), { watermark: T0 + 10 * MINUTE + 1 }];
    expect(kinds(inputs)).toEqual(["first_response_overdue"]);
  });

  test("the breach is said at its limit, of the case, with what is known of it", () => {
    const about = { orderId: "o", region: "420100", type: "slow", carrier: "SF", merchantId: "m" };
    const { tables } = run([opened("k", T0, about), { watermark: T0 + HOUR }]);
    expect(tables.findings()).toMatchObject([
      {
        at: T0 + 10 * MINUTE,
        due: T0 + 10 * MINUTE,
        since: T0,
        subject_kind: "case",
        subject_id: "k",
        customer_id: "c",
        order_id: "o",
        region: "420100",
        type: "slow",
        carrier: "SF",
        merchant_id: "m",
      },
    ]);
  });

  test("nobody is overdue on a case that is only heard of in passing", () => {
    expect(kinds([event("k", "classified", T0), { watermark: T0 + DAY }])).toEqual([]);
  });
});

describe("the investigation of what is major", () => {
  const answeredAtOnce = (more: object) => [opened("k", T0, more), event("k", "responded", T0 + 1)];
  const STARTS = ["investigation_started", "evidence_added", "resolved", "closed", "withdrawn"];

  test.each(STARTS)("%s exactly at one hour is in time, a moment later it is not", (kind) => {
    const started = (late: number) => [
      ...answeredAtOnce({ severity: "major" }),
      event("k", kind, T0 + HOUR + late),
      { watermark: T0 + 2 * HOUR },
    ];
    expect(kinds(started(0))).toEqual([]);
    expect(kinds(started(1))).toEqual(["investigation_overdue"]);
    expect(kinds(started(1), "ended")).toEqual(["investigation_overdue answered"]);
  });

  test.each([
    [{ severity: "major" }, true],
    [{ type: "privacy_leak" }, true],
    [{ type: "harassment", severity: "general" }, true],
    [{ type: "slow", severity: "general" }, false],
    [{}, false],
  ])("%o is major: %s", (more, major) => {
    const found = kinds([...answeredAtOnce(more), { watermark: T0 + HOUR + 1 }]);
    expect(found).toEqual(major ? ["investigation_overdue"] : []);
  });

  test("the hour starts when it is called major, not before", () => {
    const later = [...answeredAtOnce({}), event("k", "classified", T0 + 5 * HOUR, { severity: "major" })];
    expect(kinds([...later, { watermark: T0 + 6 * HOUR }])).toEqual([]);
    expect(kinds([...later, { watermark: T0 + 6 * HOUR + 1 }])).toEqual(["investigation_overdue"]);
  });
});

describe("what comes late", () => {
  test("a breach is told by what was known at its limit, also where the watermark lags", () => {
    const inputs = [
      opened("k", T0),
      event("k", "classified", T0 + 10 * MINUTE + 1, { type: "slow" }),
      { watermark: T0 + DAY },
    ];
    for (const disorder of [0, HOUR]) {
      const { tables } = play("complaints", create, toRecords(inputs), undefined, undefined, disorder);
      expect(tables.findings()).toMatchObject([{ kind: "first_response_overdue", type: "" }]);
    }
  });

  test("an answer told late corrects the breach it hid", () => {
    const inputs = [opened("k", T0), { watermark: T0 + HOUR }, event("k", "responded", T0 + 10 * MINUTE)];
    expect(kinds(inputs, "ended")).toEqual(["first_response_overdue corrected"]);
    const { tables } = run(inputs);
    expect(tables.findings("ended")[0]?.at).toBe(T0 + HOUR);
  });

  test("an answer that was late and told late ends the breach as answered", () => {
    const inputs = [opened("k", T0), { watermark: T0 + HOUR }, event("k", "responded", T0 + 10 * MINUTE + 1)];
    expect(kinds(inputs, "ended")).toEqual(["first_response_overdue answered"]);
  });

  test("an answer known before its opening runs no clock", () => {
    expect(kinds([event("k", "responded", T0 + MINUTE), opened("k", T0), { watermark: T0 + DAY }])).toEqual([]);
  });

  test("an earlier opening told late moves the clock, and the breach goes on under one name", () => {
    const inputs = [opened("k", T0 + MINUTE), { watermark: T0 + HOUR }, opened("k", T0), { watermark: T0 + DAY }];
    const { tables } = run(inputs);
    const dues = tables.findings().map(({ due }) => due);
    expect(dues.sort()).toEqual([T0 + 10 * MINUTE, T0 + 11 * MINUTE]);
    expect(tables.findings("ended")).toMatchObject([{ due: T0 + 11 * MINUTE, reason: "corrected" }]);
  });

  test("history of an unknown case is kept as a fact and warns nobody", () => {
    const { tables, open } = run([{ watermark: T0 + 200 * DAY }, opened("k", T0), event("k", "classified", T0)]);
    expect(tables.rows.size).toBe(2);
    expect([tables.findings(), open]).toEqual([[], 0]);
  });
});

describe("the customer who complains again", () => {
  const repeats = (inputs: Input[]) =>
    run(inputs)
      .tables.findings()
      .filter(({ kind }) => kind === "repeat_complaint");
  const O = { orderId: "o" };

  test("twice about one order is said once, three times still once", () => {
    const two = [opened("k1", T0, O), opened("k2", T0 + DAY, O)];
    expect(repeats(two.slice(0, 1))).toEqual([]);
    expect(repeats(two)).toMatchObject([{ subject_kind: "customer", subject_id: "c", since: T0, at: T0 + DAY }]);
    expect(repeats([...two, opened("k3", T0 + 2 * DAY, O)])).toHaveLength(1);
  });

  test("the evidence names the complaints", () => {
    const [finding] = repeats([opened("k1", T0, O), opened("k2", T0 + DAY, O)]);
    expect(JSON.parse((finding as unknown as { evidence: string }).evidence)).toEqual({
      issue: "order o",
      complaints: ["k1", "k2"],
    });
  });

  test("thirty days apart still belong together, a moment more does not", () => {
    const apart = (more: number) => [opened("k1", T0, O), opened("k2", T0 + 30 * DAY + more, O)];
    expect(repeats(apart(0))).toHaveLength(1);
    expect(repeats(apart(1))).toEqual([]);
  });

  test("another order, another customer or no known issue is no repetition", () => {
    expect(repeats([opened("k1", T0, O), opened("k2", T0 + DAY, { orderId: "p" })])).toEqual([]);
    expect(repeats([opened("k1", T0, O), opened("k2", T0 + DAY, { ...O, customerId: "d" })])).toEqual([]);
    expect(repeats([opened("k1", T0), opened("k2", T0 + DAY)])).toEqual([]);
  });

  test("without an order the type is the issue, also when it is told later", () => {
    expect(repeats([opened("k1", T0, { type: "slow" }), opened("k2", T0 + DAY, { type: "slow" })])).toHaveLength(1);
    expect(repeats([opened("k1", T0, { type: "slow" }), opened("k2", T0 + DAY, { type: "rude" })])).toEqual([]);
    const told = [opened("k1", T0), opened("k2", T0 + DAY, O), event("k1", "classified", T0 + 2 * DAY, O)];
    expect(repeats(told)).toHaveLength(1);
  });

  test("the same complaint told twice is one complaint", () => {
    expect(repeats([opened("k1", T0, O), opened("k1", T0 + DAY, O), event("k1", "reopened", T0 + DAY, O)])).toEqual([]);
  });
});

describe("memory", () => {
  test("a case without events is forgotten when its time is over, and its breach given up", () => {
    const until = (watermark: number) => run([opened("k", T0), { watermark }]);
    const kept = until(T0 + 90 * DAY);
    expect([kept.blocks.flatMap(linesOf).length, kept.open, kept.tables.findings("ended")]).toEqual([1, 1, []]);
    const gone = until(T0 + 90 * DAY + 1);
    expect([gone.blocks.flatMap(linesOf).length, gone.open]).toEqual([0, 0]);
    expect(gone.tables.findings("ended")).toMatchObject([{ kind: "first_response_overdue", reason: "given_up" }]);
  });

  test("a closed case that is forgotten was open no more", () => {
    const life = [opened("k", T0), event("k", "closed", T0 + 1), opened("l", T0 + DAY)];
    const { open, blocks } = run([...life, { watermark: T0 + 90 * DAY + 2 }]);
    expect([open, blocks.flatMap(linesOf).length]).toEqual([1, 1]);
  });

  test("a closed case leaves the open ones at once, a reopened one returns", () => {
    const life = [opened("k", T0), event("k", "closed", T0 + 1), event("k", "reopened", T0 + 2)];
    expect([1, 2, 3].map((n) => run(life.slice(0, n)).open)).toEqual([1, 0, 1]);
  });

  test("the repetition of what is forgotten opens nothing again", () => {
    const life = [opened("k", T0), { watermark: T0 + 91 * DAY }];
    const [once, twice] = [run(life), run([...life, ...life])];
    expect(twice.tables.all()).toEqual(once.tables.all());
    expect(twice.open).toBe(0);
  });
});

const KINDS = [
  "opened",
  "responded",
  "classified",
  "investigation_started",
  "escalated",
  "resolved",
  "reopened",
  "closed",
];
/** Cases of a few customers, in any order of time, with watermarks between. */
const inputs = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record(
        {
          complaintId: fc.constantFrom("k", "l", "m"),
          customerId: fc.constantFrom("c", "d"),
          kind: fc.oneof(fc.constant("opened"), fc.constantFrom(...KINDS)),
          occurredAt: fc.integer({ min: 0, max: 8000 }).map((n) => at(T0 + n * 5 * MINUTE)),
          orderId: fc.constantFrom("o", "p"),
          type: fc.constantFrom("slow", "privacy_leak"),
          severity: fc.constantFrom("major", "general"),
        },
        { requiredKeys: ["complaintId", "customerId", "kind", "occurredAt"] },
      ),
    },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 45 * 24 }).map((h) => ({ watermark: T0 + h * HOUR })) },
  ),
  { maxLength: 40 },
) as fc.Arbitrary<Input[]>;

describe("the law", () => {
  test("a process killed anywhere and started from its checkpoint ends in the same rows", () => {
    fc.assert(
      fc.property(inputs, fc.nat(), fc.nat(), (list, a, b) => {
        const records = toRecords(list);
        const saved = a % (records.length + 1);
        const killed = saved + (b % (records.length - saved + 1));
        const whole = play("complaints", create, records);
        const before = play("complaints", create, records.slice(0, saved));
        const lost = play("complaints", create, records.slice(saved, killed), before.tables, before);
        const after = play("complaints", create, records, lost.tables, before);
        expect(after.tables.all()).toEqual(whole.tables.all());
        expect(after.position).toEqual(whole.position);
        expect(after.open).toBe(whole.open);
        expect(after.blocks.flatMap(linesOf).sort()).toEqual(whole.blocks.flatMap(linesOf).sort());
      }),
      { numRuns: 300 },
    );
  });

  test("sending everything a second time changes no finding", () => {
    fc.assert(
      fc.property(inputs, (list) => {
        const once = run(list);
        const twice = run([...list, ...list]);
        expect(twice.tables.all()).toEqual(once.tables.all());
        expect(twice.open).toBe(once.open);
      }),
      { numRuns: 300 },
    );
  });

  test("nothing is said for event times that readers of tables have passed", () => {
    fc.assert(
      fc.property(inputs, fc.integer({ min: 0, max: 48 }), (list, disorder) => {
        let state: ReturnType<typeof play> | undefined;
        for (const record of toRecords(list)) {
          const watermark = state?.position.watermark ?? Number.NEGATIVE_INFINITY;
          const step = play("complaints", create, [record], undefined, state, disorder * HOUR);
          for (const row of step.tables.rows.values()) {
            expect(Number(row.known_at ?? row.at)).toBeGreaterThanOrEqual(watermark);
          }
          state = step;
        }
      }),
      { numRuns: 200 },
    );
  });

  test("a finding is opened before it ends, and ends at most once", () => {
    fc.assert(
      fc.property(inputs, (list) => {
        const { tables } = run([...list, { watermark: T0 + 400 * DAY }]);
        const openedAt = new Map(
          tables.findings().map((row) => [(row as unknown as { finding_id: string }).finding_id, row.at]),
        );
        for (const ended of tables.findings("ended")) {
          const start = openedAt.get((ended as unknown as { finding_id: string }).finding_id);
          expect(start).toBeLessThanOrEqual(ended.at);
        }
      }),
      { numRuns: 200 },
    );
  });
});
