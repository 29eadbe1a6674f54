import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { discoveryLevel } from "../../forecasting/hotspot/discoveries.ts";
import { type DuePlace, Foresight, upperTail } from "../../forecasting/hotspot/foresight.ts";
import { seededRandom } from "../../forecasting/math/random.ts";

const HORIZON = 14;
const always = (_day: number) => true;

/** A place's coming fortnight: `perDay` orders due a day, of which the further away the fewer have shown to be late. */
function placeOf(place: string, perDay: number, share: number, random: () => number): DuePlace {
  const due = new Float64Array(HORIZON);
  const predicted = new Float64Array(HORIZON);
  for (let i = 0; i < HORIZON; i++) {
    for (let n = 0; n < perDay; n++) {
      due[i] = (due[i] as number) + 1;
      if (random() < share * (1 - i / 20)) predicted[i] = (predicted[i] as number) + 0.2 + 0.6 * random();
    }
  }
  return { place, due, predicted };
}

/** Sixty quiet days of three places, and the sixtieth as given. */
function judged(last: (random: () => number) => DuePlace[], seed = 1, known = always) {
  const random = seededRandom(seed);
  const foresight = new Foresight(HORIZON);
  for (let day = 0; day < 60; day++) {
    foresight.tell(day, [placeOf("A", 40, 0.2, random), placeOf("B", 10, 0.3, random), placeOf("C", 1, 0.2, random)]);
  }
  foresight.tell(60, last(random));
  return foresight.judge(60, known);
}
const pOf = (found: ReturnType<typeof judged>, place: string) => found.find((one) => one.place === place)?.pValue ?? 1;

describe("predicted late orders against the usual", () => {
  test("a share that doubled is improbable where there are many, less so where there are few", () => {
    const found = judged((r) => [placeOf("A", 40, 0.4, r), placeOf("B", 10, 0.3, r), placeOf("C", 1, 0.4, r)]);
    expect(pOf(found, "A")).toBeLessThan(1e-3);
    expect(pOf(found, "B")).toBeGreaterThan(0.01);
    expect(pOf(found, "C")).toBeGreaterThan(0.001);
  });

  test("volume alone is nothing unusual, however much of it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 40 }), (seed, times) => {
        const found = judged((r) => [placeOf("A", 40 * times, 0.2, r), placeOf("B", 10 * times, 0.3, r)], seed);
        expect(pOf(found, "A")).toBeGreaterThan(0.01);
        expect(pOf(found, "B")).toBeGreaterThan(0.01);
      }),
      { numRuns: 20 },
    );
  });

  test("more orders that have arrived, of as many due, is less; an order nearer its promise is more usual", () => {
    const [calm] = judged((r) => [placeOf("A", 40, 0.1, r)]);
    expect(calm?.predicted).toBeLessThan(calm?.usual ?? 0);
    const near: DuePlace = { place: "A", due: new Float64Array(HORIZON), predicted: new Float64Array(HORIZON) };
    const far: DuePlace = { place: "A", due: new Float64Array(HORIZON), predicted: new Float64Array(HORIZON) };
    near.due[0] = 100;
    far.due[13] = 100;
    const [a] = judged(() => [near]);
    const [b] = judged(() => [far]);
    expect(a?.usual).toBeGreaterThan(2 * (b?.usual ?? 0));
  });

  test("p-values are right on a world that does not change: rarely small", () => {
    const random = seededRandom(5);
    const foresight = new Foresight(HORIZON);
    let small = 0;
    for (let day = 0; day < 400; day++) {
      foresight.tell(day, [placeOf("A", 40, 0.2, random), placeOf("B", 5, 0.3, random)]);
      for (const { pValue } of foresight.judge(day, always)) if (pValue < 0.01) small++;
    }
    expect(small).toBeLessThan(16);
  });

  test("days that are not known teach nothing, and with too few of them nothing is said", () => {
    const told = (r: () => number) => [placeOf("A", 40, 0.2, r)];
    expect(judged(told, 1, (day) => day > 40 && day !== 60)).toEqual([]);
    expect(judged(told, 1, (day) => day > 20)).toHaveLength(1);
  });

  test("the tail is that of a gamma variable", () => {
    // Exponential with mean 2: P(X >= 3) = exp(-1.5).
    expect(upperTail(3, 2, 4)).toBeCloseTo(Math.exp(-1.5), 12);
    expect(upperTail(0, 2, 4)).toBe(1);
  });
});

describe("many asked at once", () => {
  test("the worked example of Benjamini and Hochberg: four of fifteen at 0.05", () => {
    const p = [
      0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
    ];
    const level = discoveryLevel(p, 0.05 / 15);
    expect(p.filter((one) => one <= level)).toEqual(p.slice(0, 4));
  });

  test("it is never stricter than for one alone, and a further sign never makes it stricter", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.double({ min: 1e-4, max: 0.05, noNaN: true }),
        (p, a) => {
          expect(discoveryLevel(p, a)).toBeGreaterThanOrEqual(a);
          expect(discoveryLevel([...p, 0], a)).toBeGreaterThanOrEqual(discoveryLevel(p, a));
        },
      ),
    );
  });
});
