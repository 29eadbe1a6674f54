import { describe, expect, test } from "vitest";
import { createMasks } from "../../processors/flow/masks.ts";

const WEEK = 168;
const masks = () => createMasks([], 2 * WEEK, () => false);

describe("what dammed up flows off: a place is troubled for a week after an incident", () => {
  test("its own, while it lasts and until a week after its end", () => {
    const one = masks();
    one.open("hub|A", 1000);
    expect(one.troubled("hub|A", 1000 + 10 * WEEK)).toBe(true);
    one.close("hub|A", 1010, 0);
    expect(one.troubled("hub|A", 1010 + WEEK - 1)).toBe(true);
    expect(one.troubled("hub|A", 1010 + WEEK)).toBe(false);
  });

  test("not that of a neighbour, but that of a carrier or of everything; and everything by anybody's", () => {
    const one = masks();
    one.open("hub|A", 1000);
    expect(one.troubled("hub|B", 1001)).toBe(false);
    expect(one.troubled("all|all", 1001)).toBe(true);
    const carrier = masks();
    carrier.open("carrier|X", 1000);
    expect(carrier.troubled("hub|B", 1001)).toBe(true);
    const all = masks();
    all.open("all|all", 1000);
    expect(all.troubled("hub|B", 1001)).toBe(true);
  });
});

test("hours of an incident are not learned from, until what lasts is the new normal", () => {
  const one = masks();
  one.open("hub|A", 1000);
  expect([999, 1000, 1000 + 2 * WEEK - 1, 1000 + 2 * WEEK].map((hour) => one.masked("hub|A", hour))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(one.within("hub|A", 1000 + 3 * WEEK)).toBe(true);
  const again = createMasks(one.save(), 2 * WEEK, () => false);
  expect(again.masked("hub|A", 1001)).toBe(true);
});

test("a silence nobody told anything of afterwards had nothing to tell: its hours are learned from after all", () => {
  const one = masks();
  for (const place of ["carrier|told", "carrier|untold"]) {
    one.open(place, 1000);
    one.close(place, 1020, 50);
  }
  for (let i = 0; i < 5; i++) one.tell("carrier|told", 1010);
  for (let i = 0; i < 4; i++) one.tell("carrier|untold", 1010);
  expect(one.liftUntold(1043)).toEqual([]);
  expect(one.liftUntold(1044).map(({ place }) => place)).toEqual(["carrier|untold"]);
  expect(one.masked("carrier|told", 1010)).toBe(true);
  expect(one.masked("carrier|untold", 1010)).toBe(false);
});
