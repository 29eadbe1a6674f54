import { describe, expect, test } from "vitest";
import { type Course, newCourse } from "../../forecasting/promise/course.ts";
import { FEATURES, featuresOf } from "../../forecasting/promise/features.ts";
import { Lessons } from "../../forecasting/promise/lessons.ts";
import { Oracle } from "../../forecasting/promise/oracle.ts";
import { LEVEL_COUNT, levelOf, type RiskModel } from "../../forecasting/promise/risk-model.ts";
import { Traffic } from "../../forecasting/promise/traffic.ts";

const DAY = 86_400_000;
const NOW = 100 * DAY;

const known: RiskModel = {
  learnedTo: NOW - DAY,
  rows: 1,
  late: 1,
  center: FEATURES.map(() => 0),
  spread: FEATURES.map(() => 1),
  weights: new Array(1 + FEATURES.length + LEVEL_COUNT).fill(0),
};

describe("what becomes of open orders is heard before their promise is due", () => {
  const LEVEL = levelOf(7);
  const courses = Array.from({ length: 300 }, (_, i) => {
    const placed = NOW - 20 * DAY;
    return Object.assign(newCourse(`o${i}`), { placed, promised: NOW + 4 * DAY, promisedAt: placed });
  });
  /** Orders looked at three days ago, a week before their promise, at even odds. */
  const looked = () => {
    const lessons = new Lessons(
      14 * DAY,
      () => known,
      () => {},
    );
    for (const course of courses) {
      lessons.note(course, { at: NOW - 3 * DAY, x: new Float64Array(FEATURES.length), logOdds: 0, level: LEVEL });
    }
    return lessons;
  };
  const corrected = (lessons: Lessons) => {
    lessons.learn(NOW);
    return lessons.corrected(0, LEVEL);
  };

  test("nothing heard, nothing corrected", () => {
    expect(corrected(looked())).toBe(0);
  });

  test("later risks that rose correct upwards", () => {
    const lessons = looked();
    for (const course of courses) lessons.said(course, 0.8);
    expect(corrected(lessons)).toBeGreaterThan(0.5);
  });

  test("arrivals correct downwards, orders called off do not", () => {
    const arrived = looked();
    for (const course of courses) arrived.closed({ ...course, delivered: NOW - DAY, closed: NOW - DAY });
    expect(corrected(arrived)).toBeLessThan(-0.5);
    const off = looked();
    for (const course of courses) off.closed({ ...course, closed: NOW - DAY });
    expect(corrected(off)).toBe(0);
  });

  test("what is said under another promise is not about the one before", () => {
    const lessons = looked();
    for (const course of courses) lessons.said({ ...course, promised: NOW + 9 * DAY }, 0.9);
    expect(corrected(lessons)).toBe(0);
  });
});

test("an oracle whose risks rise from look to look says more at once, though no promise is due yet", () => {
  const weights = [...known.weights];
  const center = FEATURES.map((name) => (name === "days before" ? 10 : 0));
  weights[1 + FEATURES.indexOf("days before")] = -0.5;
  const heard = new Map<number, number>();
  const oracle = new Oracle(
    { holiday: () => false, relearn: 14 * DAY, learned: () => ({ ...known, center, weights }) },
    {
      onLook: ({ daysBefore, forecast }) => heard.set(daysBefore, forecast?.risk ?? Number.NaN),
      onPromise() {},
      onChange() {},
      onModel() {},
    },
  );
  for (let i = 0; i < 300; i++) {
    const at = NOW + i;
    const place = { origin: "A", destination: "B", merchant: "m", carrier: "", category: "", customer: "" };
    const promisedBy = NOW + 20.5 * DAY;
    oracle.tell({ ...place, orderId: `o${i}`, kind: "placed", at, knownAt: at, value: null, promisedBy });
  }
  oracle.pass(NOW + 14 * DAY);
  const model = (days: number) => 1 / (1 + Math.exp(0.5 * (days - 10)));
  expect(heard.get(10)).toBeCloseTo(model(10));
  // Ten days before nobody could know; since then each look found the one before too low.
  expect(heard.get(7)).toBeGreaterThan(model(7) + 0.02);
});

test("days of work on the way: parcels not there yet over those that arrive a day, here and everywhere", () => {
  const traffic = new Traffic(() => false);
  const parcel = (i: number, destination: string, more: Partial<Course> = {}) =>
    Object.assign(newCourse(`${destination}${i}`), {
      placed: NOW - 5 * DAY,
      paid: NOW - 5 * DAY,
      handedOver: NOW - 4 * DAY,
      promised: NOW + 10 * DAY,
      origin: "A",
      destination,
      merchant: "m",
      ...more,
    });
  const open = [
    ...Array.from({ length: 30 }, (_, i) => parcel(i, "S")),
    ...Array.from({ length: 5 }, (_, i) => parcel(i, "N")),
    // Neither waiting at its merchant nor forgotten for months is on the way.
    parcel(90, "S", { handedOver: Number.NaN }),
    parcel(91, "S", { handedOver: NOW - 90 * DAY }),
  ];
  const first = NOW / DAY;
  for (let day = first; day < first + 40; day++) {
    for (let i = 0; i < 3; i++)
      traffic.delivered(parcel(1000 + i, "S", { handedOver: day * DAY - 2 * DAY, delivered: day * DAY + DAY / 2 }));
    // Young parcels on every day, as many as before: they are counted anew and not added up.
    for (const course of open.slice(0, 35)) course.handedOver = (day - 4) * DAY;
    traffic.closeDay(day, open);
  }
  const of = (destination: string, name: (typeof FEATURES)[number]) =>
    featuresOf(traffic, parcel(0, destination), (first + 40) * DAY)[FEATURES.indexOf(name)] as number;
  // Three a day, faded over a week, have not quite added up to three.
  const work = (waiting: number, perDay: number) => Math.log((waiting + 1) / (perDay + 0.2));
  const south = of("S", "days of work on the way to the destination");
  expect(south).toBeGreaterThan(work(30, 3.2));
  expect(south).toBeLessThan(work(30, 2.6));
  expect(of("N", "days of work on the way to the destination")).toBeCloseTo(work(5, 0));
  const all = of("N", "days of work on the way");
  expect(all).toBeGreaterThan(work(35, 3.2));
  expect(all).toBeLessThan(work(35, 2.6));
});
