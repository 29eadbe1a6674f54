import { expect, test } from "vitest";
import { seededRandom } from "../../forecasting/math/random.ts";
import { type Course, newCourse } from "../../forecasting/promise/course.ts";
import { GRID, Intervals } from "../../forecasting/promise/intervals.ts";
import { Oracle } from "../../forecasting/promise/oracle.ts";
import { overdueOf } from "../../forecasting/promise/overdue.ts";
import { DAY, START, world } from "./world.ts";

const LEVELS = [0.1, 0.5, 0.9];
/** Exponential quantile, days. */
const quantile = (p: number, mean: number) => -mean * Math.log(1 - p);

/** Ninety days of forty orders a day that take `truth` days on average, forecast with a mean of `said`. */
function learned(said: number, truth: number, lost = 0): Intervals {
  const random = seededRandom(3);
  const intervals = new Intervals();
  const courses: [number, Course][] = [];
  for (let day = 0; day < 90; day++) {
    for (let n = 0; n < 40; n++) {
      const course = newCourse(`o${day}-${n}`);
      const at = day * DAY;
      course.promised = at + DAY;
      const arrives = random() < lost ? Number.NaN : at + quantile(random(), truth) * DAY;
      courses.push([arrives, course]);
      const times = GRID.map((p) => at + quantile(p, said) * DAY);
      intervals.note(course, at, 2, times);
    }
    const now = (day + 1) * DAY;
    for (const [arrives, course] of courses) if (arrives < now) course.delivered = course.closed = arrives;
    intervals.learn(now, ({ delivered }) => (Number.isNaN(delivered) && lost > 0 ? 0 : 1));
  }
  return intervals;
}
/** Share that arrives by what is asked for. */
const comes = (asked: readonly number[], said: number, truth: number) =>
  asked.map((p) => 1 - Math.exp(-quantile(p, said) / truth));

test.each([
  ["too wide", 6, 3, 0],
  ["too narrow", 2, 5, 0],
  ["right", 4, 4, 0],
  ["too wide, and some never arrive", 6, 3, 0.1],
])("forecasts that are %s are asked for what comes of them", (_, said, truth, lost) => {
  const asked = learned(said, truth, lost).asked(LEVELS, 2);
  const found = comes(asked, said, truth);
  for (const [i, p] of LEVELS.entries()) expect(Math.abs((found[i] as number) - p)).toBeLessThan(0.06);
});

test("while nothing has come, what is asked for is what was wanted", () => {
  const asked = new Intervals().asked(LEVELS, 0);
  for (const [i, p] of LEVELS.entries()) expect(asked[i]).toBeCloseTo(p, 12);
});

test("a level nobody has seen goes by what holds for all", () => {
  const intervals = learned(6, 3);
  const [low, , high] = intervals.asked(LEVELS, 5);
  const [ownLow, , ownHigh] = intervals.asked(LEVELS, 2);
  expect(low).toBeCloseTo(ownLow as number, 1);
  expect(high).toBeCloseTo(ownHigh as number, 1);
});

test("who is late comes when late orders did of late, the lost left out", () => {
  const random = seededRandom(9);
  const missed = Array.from({ length: 4000 }, (_, i): Course => {
    const course = newCourse(`o${i}`);
    course.promised = START + (i % 200) * DAY;
    if (random() < 0.8) course.delivered = course.closed = course.promised + quantile(random(), 8) * DAY;
    return course;
  });
  const { lateBy } = overdueOf(missed, START + 260 * DAY);
  for (const p of [0.1, 0.3, 0.5, 0.7, 0.9]) expect(Math.abs(lateBy(p) / quantile(p, 8) - 1)).toBeLessThan(0.2);
  expect(lateBy(0)).toBe(0);
});

test("of arrivals in a shop whose truth is known, four in five are within what was said to hold four in five", () => {
  const said: { course: Course; low: number; eta: number; high: number }[] = [];
  const oracle = new Oracle(
    { holiday: () => false, relearn: 14 * DAY },
    {
      onLook({ course, at, landmark, forecast }) {
        if (forecast && landmark && at > START + 50 * DAY) said.push({ course, ...forecast.arrival() });
      },
      onPromise() {},
      onChange() {},
      onModel() {},
    },
  );
  const facts = world(130, 60, 11);
  for (const fact of facts) oracle.tell(fact);
  const arrived = said.filter(({ course }) => !Number.isNaN(course.delivered));
  const share = (is: (one: (typeof said)[number]) => boolean) => arrived.filter(is).length / arrived.length;
  expect(
    Math.abs(share(({ course, low, high }) => course.delivered >= low && course.delivered <= high) - 0.8),
  ).toBeLessThan(0.05);
  expect(Math.abs(share(({ course, eta }) => course.delivered < eta) - 0.5)).toBeLessThan(0.1);
  expect(said.every(({ low, eta, high }) => low <= eta && eta <= high)).toBe(true);
}, 120_000);
