import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Action, actionId, decide, type Finding, judge } from "../../processors/act/decide.ts";
import { type ActPolicy, actPolicy, type FindingKind } from "../../processors/act/policy.ts";

const DEFAULTS = actPolicy.parse(undefined);
const finding = (over: Partial<Finding>): Finding => ({
  findingId: "f1",
  kind: "stalled_transit",
  at: 1000,
  orderId: "o1",
  customerId: "c1",
  region: "110000",
  ...over,
});

/** Folds findings in their order over a ledger, as the shell does. */
function play(findings: readonly Finding[], policy: ActPolicy, ledger = new Map<string, Action>()): Action[] {
  const inOrder = [...findings].sort((a, b) => a.at - b.at || (a.findingId < b.findingId ? -1 : 1));
  for (const one of inOrder) {
    const action = decide(
      [...ledger.values()].filter(({ orderId }) => orderId === one.orderId),
      one,
      policy,
      "v1",
    );
    if (action) ledger.set(action.actionId, action);
  }
  return [...ledger.values()];
}

describe("the numbers the business gave", () => {
  test.each([
    ["stalled_pickup", "stall", ["apology", "express_upgrade", "coupon"], 5],
    ["stalled_transit", "stall", ["apology", "express_upgrade", "coupon"], 5],
    ["stalled_delivery", "stall", ["apology", "express_upgrade", "coupon"], 5],
    ["stalled_customs", "customs", ["priority_clearance", "coupon"], 10],
    ["damaged", "damage", ["resend", "coupon"], 10],
  ] as const)("%s", (kind, cause, steps, amount) => {
    expect(decide([], finding({ kind }), DEFAULTS, "v1")).toEqual({
      actionId: actionId("o1", cause),
      orderId: "o1",
      customerId: "c1",
      cause,
      findingId: "f1",
      steps,
      amount,
      currency: "CNY",
      verdict: "approved",
      reason: `${amount}.00 CNY is within 50.00 CNY a decision`,
      region: "110000",
      decidedAt: 1000,
      policy: "v1",
    });
  });

  test.each(["stalled_payment", "promise_at_risk", "promise_broken", "lost"] as const)(
    "%s leads to nothing",
    (kind) => {
      expect(decide([], finding({ kind }), DEFAULTS, "v1")).toBeUndefined();
    },
  );

  test("50 is granted without a person, a cent more is not", () => {
    expect(judge(5000, 0, DEFAULTS).verdict).toBe("approved");
    expect(judge(5001, 0, DEFAULTS)).toEqual({
      verdict: "awaiting_approval",
      reason: "50.01 CNY is above 50.00 CNY a decision",
    });
  });

  test("all causes of an order together stay within its limit, which is included", () => {
    expect(judge(1000, 4000, DEFAULTS).verdict).toBe("approved");
    expect(judge(1001, 4000, DEFAULTS)).toEqual({
      verdict: "awaiting_approval",
      reason: "10.01 CNY after 40.00 CNY is above 50.00 CNY an order",
    });
  });

  test("what waits for a person was not granted and leaves room", () => {
    const policy = actPolicy.parse({
      remedies: { stalled_customs: { cause: "customs", steps: ["coupon"], amount: 50.01 } },
    });
    const actions = play([finding({ kind: "stalled_customs" }), finding({ findingId: "f2", at: 2000 })], policy);
    expect(actions.map(({ amount, verdict }) => [amount, verdict])).toEqual([
      [50.01, "awaiting_approval"],
      [5, "approved"],
    ]);
  });
});

test("a second stall of an order gets no second apology; another cause gets its own", () => {
  const actions = play(
    [
      finding({ kind: "stalled_pickup" }),
      finding({ findingId: "f2", at: 2000 }),
      finding({ findingId: "f3", at: 3000, kind: "damaged" }),
    ],
    DEFAULTS,
  );
  expect(actions.map(({ findingId, cause }) => [findingId, cause])).toEqual([
    ["f1", "stall"],
    ["f3", "damage"],
  ]);
});

test("a decision stands when the policy changed before its window was done again", () => {
  const first = decide([], finding({}), DEFAULTS, "v1") as Action;
  const dearer = actPolicy.parse({
    remedies: { stalled_transit: { cause: "stall", steps: ["apology", "coupon"], amount: 20 } },
  });
  expect(decide([first], finding({}), dearer, "v2")).toBe(first);
});

test("a cause that was answered is not answered again to another finding", () => {
  const first = decide([], finding({}), DEFAULTS, "v1") as Action;
  expect(decide([first], finding({ findingId: "f2", at: 2000 }), DEFAULTS, "v1")).toBeUndefined();
});

test("a decision of a later finding, written before a crash, takes nothing from an earlier one", () => {
  const policy = actPolicy.parse({ orderLimit: 14 });
  const stall = finding({});
  const later = decide([], finding({ findingId: "f2", at: 2000, kind: "damaged" }), policy, "v1") as Action;
  expect(decide([later], stall, policy, "v1")).toEqual(decide([], stall, policy, "v1"));
});

test.each([
  [{ automaticLimit: -1 }, "automaticLimit"],
  [{ automaticLimit: 1.005 }, "at most two decimals"],
  [{ remedies: { stalled_transt: null } }, "stalled_transt"],
  [{ remedies: { damaged: { cause: "damage", steps: ["resend"], amount: 3 } } }, "an amount with a coupon"],
  [{ remedies: { damaged: { cause: "damage", steps: ["coupon"], amount: 0 } } }, "an amount with a coupon"],
  [{ currency: "yuan" }, "ISO 4217"],
])("the policy %j is refused", (policy, message) => {
  expect(() => actPolicy.parse(policy)).toThrow(message);
});

const KINDS = Object.keys(DEFAULTS.remedies) as FindingKind[];
const findings = fc
  .uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 999 }),
      at: fc.integer({ min: 0, max: 20 }),
      kind: fc.constantFrom(...KINDS),
      order: fc.integer({ min: 0, max: 4 }),
    }),
    { selector: ({ id }) => id, maxLength: 40 },
  )
  .map((all) => all.map(({ id, at, kind, order }) => finding({ findingId: `f${id}`, at, kind, orderId: `o${order}` })));
const cents = fc.integer({ min: 1, max: 9000 }).map((value) => value / 100);
const policies = fc
  .record({ stall: cents, customs: cents, damage: cents, once: cents, whole: cents })
  .map(({ stall, customs, damage, once, whole }) =>
    actPolicy.parse({
      automaticLimit: once,
      orderLimit: whole,
      remedies: {
        stalled_transit: { cause: "stall", steps: ["coupon"], amount: stall },
        stalled_customs: { cause: "customs", steps: ["coupon"], amount: customs },
        damaged: { cause: "damage", steps: ["coupon"], amount: damage },
        promise_at_risk: { cause: "promise", steps: ["apology"], amount: 0 },
      },
    }),
  );

test("law: one action an order and cause, and never more than the limits without a person", () => {
  fc.assert(
    fc.property(findings, policies, (all, policy) => {
      const actions = play(all, policy);
      const causes = actions.map(({ orderId, cause }) => `${orderId} ${cause}`);
      expect(new Set(causes).size).toBe(causes.length);
      const granted = new Map<string, number>();
      for (const { orderId, amount, verdict } of actions) {
        if (verdict !== "approved") continue;
        expect(amount).toBeLessThanOrEqual(policy.automaticLimit);
        granted.set(orderId, (granted.get(orderId) ?? 0) + Math.round(amount * 100));
      }
      for (const sum of granted.values()) expect(sum).toBeLessThanOrEqual(Math.round(policy.orderLimit * 100));
    }),
  );
});

test("law: done again from anywhere, over whatever part of it was already written, it comes out the same", () => {
  fc.assert(
    fc.property(
      findings,
      policies,
      fc.integer({ min: 0, max: 20 }),
      fc.array(fc.boolean()),
      (all, policy, from, kept) => {
        const once = play(all, policy);
        const written = once.filter(({ decidedAt }, i) => decidedAt < from || kept[i]);
        const ledger = new Map(written.map((action) => [action.actionId, action]));
        const again = all.filter(({ at }) => at >= from);
        const byId = (a: Action, b: Action) => (a.actionId < b.actionId ? -1 : 1);
        expect(play(again, policy, ledger).sort(byId)).toEqual(once.sort(byId));
      },
    ),
  );
});
