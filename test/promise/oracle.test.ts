import { describe, expect, test } from "vitest";
import type { OrderFact } from "../../forecasting/promise/course.ts";
import { type Listener, Oracle } from "../../forecasting/promise/oracle.ts";
import type { RiskModel } from "../../forecasting/promise/risk-model.ts";
import { calibrationError, precisionAt } from "../../forecasting/promise/score.ts";
import { DAY, START, world } from "./world.ts";

interface Heard {
  readonly orderId: string;
  readonly at: number;
  readonly daysBefore: number;
  readonly risk: number;
  readonly low: number;
  readonly eta: number;
  readonly high: number;
}

function listen(learned?: (to: number) => RiskModel | undefined) {
  const heard: Heard[] = [];
  const models: RiskModel[] = [];
  const listener: Listener = {
    onLook({ course, at, daysBefore, forecast }) {
      if (forecast) heard.push({ orderId: course.orderId, at, daysBefore, risk: forecast.risk, ...forecast.arrival() });
    },
    onPromise() {},
    onChange() {},
    onModel: (model) => models.push(model),
  };
  const oracle = new Oracle({ holiday: () => false, relearn: 14 * DAY, ...(learned && { learned }) }, listener);
  return { oracle, heard, models };
}

const DAYS = 120;
const END = START + DAYS * DAY;
const facts = world(DAYS, 30, 1);
const delivered = new Map(facts.filter(({ kind }) => kind === "delivered").map(({ orderId, at }) => [orderId, at]));
const promised = new Map(
  facts.flatMap(({ orderId, promisedBy }) => (promisedBy === null ? [] : [[orderId, promisedBy]])),
);

function all(told: readonly OrderFact[], until = END) {
  const heard = listen();
  for (const fact of told) heard.oracle.tell(fact);
  heard.oracle.pass(until);
  return heard;
}
const whole = all(facts);

test("what becomes known after T changes nothing that was said up to T", () => {
  const T = START + 85 * DAY;
  // Every fact after T is another one: other orders, other times, other endings.
  const other = world(DAYS, 30, 99).map((fact) => ({ ...fact, orderId: `x${fact.orderId}` }));
  const changed = [...facts.filter(({ knownAt }) => knownAt < T), ...other.filter(({ knownAt }) => knownAt >= T)];
  const upTo = (heard: Heard[]) => heard.filter(({ at }) => at <= T);
  const before = upTo(whole.heard);
  expect(before.length).toBeGreaterThan(1000);
  expect(upTo(all(changed).heard)).toEqual(before);
}, 120_000);

test("repeated facts and any cut of time into windows give the same", () => {
  const { oracle, heard } = listen();
  let next = START;
  for (const fact of facts) {
    for (; next < fact.knownAt; next += 5 * DAY) oracle.pass(next);
    oracle.tell(fact);
    oracle.tell(fact);
  }
  oracle.pass(END);
  expect(heard).toEqual(whole.heard);
}, 120_000);

test("a restart with the models that were in force, through text, says the same", () => {
  const kept = new Map(whole.models.map((model) => [model.learnedTo, JSON.parse(JSON.stringify(model)) as RiskModel]));
  const { oracle, heard } = listen((to) => kept.get(to));
  for (const fact of facts) oracle.tell(fact);
  oracle.pass(END);
  expect(heard).toEqual(whole.heard);
});

describe("where the truth is known", () => {
  const known = (days: number) =>
    whole.heard
      .filter((one) => one.daysBefore === days && (promised.get(one.orderId) ?? END) < END - 20 * DAY)
      .map((one) => {
        const at = delivered.get(one.orderId) ?? END;
        return { ...one, arrived: at, y: at > (promised.get(one.orderId) ?? 0) ? 1 : 0 };
      });

  test.each([7, 5, 3])("%i days before, risks are calibrated and better than the rule", (days) => {
    const said = known(days);
    const late = said.reduce((n, { y }) => n + y, 0);
    expect(said.length).toBeGreaterThan(250);
    expect(calibrationError(said)).toBeLessThan(0.09);
    expect(precisionAt(said, 0.6, late)).toBeGreaterThan(late / said.length + 0.02);
  });

  test("four of five arrive in the interval, and half before the eta", () => {
    const said = known(5);
    const inside = said.filter(({ arrived, low, high }) => arrived >= low && arrived <= high).length / said.length;
    expect(inside).toBeGreaterThan(0.7);
    expect(inside).toBeLessThan(0.92);
    const early = said.filter(({ arrived, eta }) => arrived < eta).length / said.length;
    expect(Math.abs(early - 0.5)).toBeLessThan(0.12);
  });
});

test("an eta is after the promise exactly when a miss is likelier than not", () => {
  const bad = whole.heard.filter(({ orderId, risk, eta }) => {
    const by = promised.get(orderId) ?? 0;
    // A risk close to a half or an arrival close to the promise may round either way.
    if (Math.abs(risk - 0.5) < 0.02 || Math.abs(eta - by) < DAY / 4) return false;
    return risk > 0.5 !== eta > by;
  });
  expect(bad).toEqual([]);
});
