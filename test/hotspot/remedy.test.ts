import { expect, test } from "vitest";
import { REMEDY_WORDS } from "../../processors/alert/words.ts";
import { REMEDIES, remedyFor } from "../../processors/hotspot/remedy.ts";

const stalls = { measure: "stalls", dimension: "region", type: "transit", drivers: [] };
const driven = (name: string, share = 0.8) => [{ name, share }];

test("what would help follows the largest driver that explains enough, else what is counted and where", () => {
  expect(remedyFor(stalls)).toBe("extra_couriers");
  expect(remedyFor({ ...stalls, drivers: driven("hub=A & stage=customs") })).toBe("priority_clearance");
  expect(remedyFor({ ...stalls, drivers: driven("hub=A") })).toBe("reroute_hub");
  expect(remedyFor({ ...stalls, drivers: driven("hub=A", 0.39) })).toBe("extra_couriers");
  expect(remedyFor({ ...stalls, type: "pickup" })).toBe("press_merchant");
  expect(remedyFor({ ...stalls, dimension: "carrier" })).toBe("change_carrier");
});

test("a merchant who sends the wrong goods is not told to hurry", () => {
  const wrong = { measure: "complaints", dimension: "merchant", type: "wrong_item", drivers: [] };
  expect(remedyFor(wrong)).toBe("check_goods");
  expect(remedyFor({ ...wrong, dimension: "region", drivers: driven("merchant=M7") })).toBe("check_goods");
  expect(remedyFor({ ...wrong, type: "late" })).toBe("press_merchant");
});

test("every remedy has its words", () => {
  expect(Object.keys(REMEDY_WORDS).sort()).toEqual([...REMEDIES].sort());
});
