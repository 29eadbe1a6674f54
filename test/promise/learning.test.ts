import { describe, expect, test } from "vitest";
import { seededRandom } from "../../forecasting/math/random.ts";
import { Calibration } from "../../forecasting/promise/calibration.ts";
import { newCourse } from "../../forecasting/promise/course.ts";
import { logistic, sigmoid } from "../../forecasting/promise/logistic.ts";
import { overdueOf } from "../../forecasting/promise/overdue.ts";
import { Tallies } from "../../forecasting/promise/tallies.ts";

const DAY = 86_400_000;

test("a model that is twice as sure as it should be, and biased, is corrected", () => {
  const random = seededRandom(5);
  const calibration = new Calibration<undefined>();
  for (let i = 0; i < 6000; i++) {
    const truth = 4 * random() - 2;
    const missed = random() < sigmoid(truth);
    const promised = (i / 100) * DAY;
    const name = calibration.add(undefined, promised - 3 * DAY, promised, 2 * truth + 1, i % 7);
    calibration.settle(name, missed);
  }
  const { slope, shift } = calibration.correct(60 * DAY, () => 1);
  expect(slope).toBeGreaterThan(0.44);
  expect(slope).toBeLessThan(0.56);
  for (const level of shift) expect(Math.abs(level + 0.5)).toBeLessThan(0.25);
});

describe("predictions whose promise is not due yet", () => {
  const NOW = 100 * DAY;
  /** Of each hundred orders looked at a week before, at even odds, so many are over in three days. */
  const looked = (calibration: Calibration<undefined>) =>
    Array.from({ length: 400 }, (_, i) => {
      const at = NOW - (4 + (i % 3)) * DAY;
      return calibration.add(undefined, at, at + 7 * DAY, 0, 5);
    });
  const shiftOf = (calibration: Calibration<undefined>) => calibration.correct(NOW, () => 1).shift[5] as number;

  test("say nothing while nothing more is known of them", () => {
    const calibration = new Calibration<undefined>();
    looked(calibration);
    expect(shiftOf(calibration)).toBe(0);
  });

  test("move nothing when those left are as likely to miss as the arrivals make up for", () => {
    const calibration = new Calibration<undefined>();
    looked(calibration).forEach((name, i) => {
      if (i % 5 < 2) calibration.settle(name, false);
      else calibration.believe(name, 0.5 / 0.6);
    });
    expect(Math.abs(shiftOf(calibration))).toBeLessThan(0.01);
  });

  test("rise at once when fewer arrived than were expected to", () => {
    const calibration = new Calibration<undefined>();
    looked(calibration).forEach((name, i) => {
      if (i % 10 < 1) calibration.settle(name, false);
      else calibration.believe(name, 0.8);
    });
    // 0.9 of them at 0.8 is 0.72: log-odds of 0.94, held back by doubt.
    expect(shiftOf(calibration)).toBeGreaterThan(0.5);
    expect(shiftOf(calibration)).toBeLessThan(0.94);
  });

  test("count no more once there is no promise to be kept, or it went by unsettled", () => {
    const calibration = new Calibration<undefined>();
    for (const name of looked(calibration)) {
      calibration.believe(name, 0.9);
      calibration.settle(name, undefined);
    }
    expect(shiftOf(calibration)).toBe(0);
    const forgotten = new Calibration<undefined>();
    for (const name of looked(forgotten)) forgotten.believe(name, 0.9);
    expect(forgotten.correct(NOW + 10 * DAY, () => 1).shift[5]).toBe(0);
  });

  test("keep their names however many follow", () => {
    const calibration = new Calibration<undefined>();
    const old = Array.from({ length: 3000 }, () => calibration.add(undefined, 0, 7 * DAY, 0, 5));
    calibration.correct(NOW + 170 * DAY, () => 1);
    const names = Array.from({ length: 3000 }, () =>
      calibration.add(undefined, NOW + 165 * DAY, NOW + 172 * DAY, 0, 5),
    );
    for (const name of old) calibration.settle(name, false);
    for (const name of names) calibration.settle(name, true);
    expect(calibration.correct(NOW + 170 * DAY, () => 1).shift[5]).toBeGreaterThan(1);
  });
});

test("a regression finds the coefficients that made the data, from anywhere it starts", () => {
  const random = seededRandom(9);
  const n = 8000;
  const x = new Float64Array(2 * n);
  const [y, level] = [new Float64Array(n), new Uint8Array(n)];
  for (let i = 0; i < n; i++) {
    const v = 2 * random() - 1;
    level[i] = i % 2;
    x.set([1, v], 2 * i);
    y[i] = random() < sigmoid(-0.5 + 1.5 * v + (level[i] ? 1 : 0)) ? 1 : 0;
  }
  const design = { x, columns: 2, level, levels: 2 };
  const [weight, ridge] = [new Float64Array(n).fill(1), new Float64Array(4).fill(0.01)];
  const cold = logistic(design, y, weight, ridge);
  const [, slope, first, second] = cold as unknown as [number, number, number, number];
  expect(Math.abs(slope - 1.5)).toBeLessThan(0.15);
  expect(Math.abs(second - first - 1)).toBeLessThan(0.15);
  const warm = logistic(design, y, weight, ridge, [0.3, 1, 0, 1]);
  for (let i = 0; i < cold.length; i++) expect(warm[i]).toBeCloseTo(cold[i] as number, 3);
});

test("of overdue orders as many arrive as of late have arrived", () => {
  // Of 100 promises missed each day 60 arrive two and a half days late; the others never do.
  const missed = Array.from({ length: 4000 }, (_, i) => {
    const promised = Math.floor(i / 100) * DAY;
    const delivered = i % 100 < 60 ? promised + 2.5 * DAY : Number.NaN;
    return Object.assign(newCourse(`o${i}`), { promised, delivered, closed: delivered });
  });
  const now = 60 * DAY;
  const { chance } = overdueOf(missed, now);
  const overdue = (days: number) => chance(Object.assign(newCourse("x"), { promised: now - days * DAY }));
  expect(Math.abs(overdue(0.5) - 0.6)).toBeLessThan(0.1);
  expect(overdue(4)).toBeLessThan(0.3);
  expect(overdue(300)).toBe(0);
  // Those overdue for less than a day have not shown yet what they do in their first day.
  const young = Array.from({ length: 500 }, (_, i) => Object.assign(newCourse(`n${i}`), { promised: now - 0.5 * DAY }));
  const { chance: same } = overdueOf([...missed, ...young], now);
  expect(same(Object.assign(newCourse("x"), { promised: now - 0.5 * DAY }))).toBe(overdue(0.5));
  const arrived = { promised: 0, delivered: DAY, closed: DAY };
  expect(chance(Object.assign(newCourse("y"), arrived))).toBe(1);
  expect(chance(Object.assign(newCourse("z"), { promised: 0, closed: DAY }))).toBe(0);
});

test("tallies fade by half each half-life, for as long as one likes", () => {
  const tallies = new Tallies(1);
  const tally = tallies.start();
  tallies.add(tally, 8, 4);
  for (let day = 0; day < 3; day++) tallies.fade();
  expect(tallies.observed(tally)).toBeCloseTo(1);
  expect(tallies.ratio(tally, 0.5)).toBeCloseTo(1.5);
  // Scales are changed on the way: four thousand half-lives fit no number.
  for (let day = 0; day < 3997; day++) tallies.fade();
  tallies.add(tally, 2, 1);
  expect(tallies.observed(tally)).toBeCloseTo(2);
  expect(tallies.expected(tally)).toBeCloseTo(1);
});
