import { expect, test } from "vitest";
import { seededRandom } from "../../forecasting/math/random.ts";
import { Calibration } from "../../forecasting/promise/calibration.ts";
import { newCourse } from "../../forecasting/promise/course.ts";
import { logistic, sigmoid } from "../../forecasting/promise/logistic.ts";
import { arrivalChance } from "../../forecasting/promise/overdue.ts";
import { Tallies } from "../../forecasting/promise/tallies.ts";

const DAY = 86_400_000;

test("a model that is twice as sure as it should be, and biased, is corrected", () => {
  const random = seededRandom(5);
  const calibration = new Calibration<undefined>();
  for (let i = 0; i < 6000; i++) {
    const truth = 4 * random() - 2;
    const missed = random() < sigmoid(truth);
    calibration.add(undefined, (i / 100) * DAY, 2 * truth + 1, i % 7, missed);
  }
  const { slope, shift } = calibration.correct(60 * DAY, () => 1);
  expect(slope).toBeGreaterThan(0.44);
  expect(slope).toBeLessThan(0.56);
  for (const level of shift) expect(Math.abs(level + 0.5)).toBeLessThan(0.25);
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
  const chance = arrivalChance(missed, now);
  const overdue = (days: number) => chance(Object.assign(newCourse("x"), { promised: now - days * DAY }));
  expect(Math.abs(overdue(0.5) - 0.6)).toBeLessThan(0.1);
  expect(overdue(4)).toBeLessThan(0.3);
  expect(overdue(300)).toBe(0);
  // Those overdue for less than a day have not shown yet what they do in their first day.
  const young = Array.from({ length: 500 }, (_, i) => Object.assign(newCourse(`n${i}`), { promised: now - 0.5 * DAY }));
  const same = arrivalChance([...missed, ...young], now);
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
