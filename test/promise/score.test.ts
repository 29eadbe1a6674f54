import { expect, test } from "vitest";
import { calibrationError, errorParts, precisionAt, reliability } from "../../forecasting/promise/score.ts";
import type { Outcome } from "../../infra/score/read.ts";
import { baseline, scoreWarnings } from "../../infra/score/warnings.ts";

const H = 3_600_000;
const D = 24 * H;
const order = (orderId: string, more: Partial<Outcome>): Outcome => ({
  orderId,
  region: "R",
  placed: 0,
  promised: 10 * D,
  delivered: 9 * D,
  calledOff: null,
  lost: false,
  complained: null,
  ...more,
});

test("precision at a recall counts what was never looked at among what is to be found", () => {
  const said = [
    { risk: 0.9, y: 1 },
    { risk: 0.8, y: 0 },
    { risk: 0.7, y: 1 },
    { risk: 0.1, y: 1 },
  ];
  expect(precisionAt(said, 0.6, 3)).toBeCloseTo(2 / 3);
  expect(precisionAt(said, 0.6, 5)).toBeCloseTo(3 / 4);
  expect(precisionAt(said, 0.6, 6)).toBeUndefined();
});

test("the error of risks is uncertainty, less resolution, plus what is off", () => {
  const said = [0, 0, 0, 1].map((y) => ({ risk: 0.35, y })).concat([0, 1, 1, 1].map((y) => ({ risk: 0.85, y })));
  const parts = errorParts(said);
  expect(parts).toMatchObject({ uncertainty: 0.25 });
  expect(parts?.resolution).toBeCloseTo(0.0625);
  expect(parts?.reliability).toBeCloseTo(0.01);
  expect(parts?.error).toBeCloseTo(0.25 - 0.0625 + 0.01);
  expect(errorParts([])).toBeUndefined();
});

test("calibration error weighs each bin by what is in it", () => {
  const said = [
    { risk: 0.25, y: 0 },
    { risk: 0.25, y: 1 },
    { risk: 1, y: 1 },
    { risk: 0.95, y: 0 },
  ];
  expect(calibrationError(said)).toBeCloseTo((2 * 0.25 + 2 * 0.475) / 4);
  expect(reliability(said)[9]?.n).toBe(2);
});

test("a worked example of warnings", () => {
  const outcomes = new Map(
    [
      order("late", { delivered: 12 * D, complained: 14 * D }),
      order("fine", {}),
      order("angry", { complained: 9 * D }),
      order("never", { delivered: null }),
    ].map((one) => [one.orderId, one]),
  );
  const warned = [
    { kind: "k", orderId: "late", at: 7 * D },
    { kind: "k", orderId: "fine", at: 8 * D },
    { kind: "k", orderId: "angry", at: 9 * D + H },
    { kind: "k", orderId: "unknown", at: 1 },
  ];
  expect(scoreWarnings("k", warned, outcomes, 60 * D)).toMatchObject({
    count: 3,
    precision: 0.333,
    recall: 0.333,
    beforePromise: { n: 1, medianHours: 72 },
    falseAWeek: 2,
  });
});

test("the rule warns of what is open so many days before its promise", () => {
  const orders = [
    order("a", {}),
    order("b", { delivered: 4 * D }),
    order("c", { placed: 8 * D }),
    order("d", { calledOff: 2 * D }),
  ];
  expect(baseline(5, orders)).toEqual([{ kind: "undelivered_5d_before", orderId: "a", at: 5 * D }]);
});
