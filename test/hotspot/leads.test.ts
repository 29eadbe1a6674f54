import { expect, test } from "vitest";
import { leadsOf, medianLead } from "../../infra/explain/leads.ts";
import type { DayShare } from "../../infra/explain/shares.ts";

const DAY = 86_400_000;
const EVENT = Date.UTC(2024, 0, 1);
const at = (day: number) => new Date(EVENT + day * DAY).toISOString();

/** Answers of a region, ten a day, of which complaints: one before a day, four from it on. */
const shares = (region: string, rises: number): DayShare[] =>
  Array.from({ length: 70 }, (_, i) => ({
    region,
    day: EVENT / DAY - 30 + i,
    answers: 10,
    complaints: i - 30 >= rises ? 4 : 1,
  }));
const incident = (value: string, openedAt: string) => ({ dimension: "region", value, openedAt, resolvedAt: null });

test("leads count from the incident to the day the share of the last seven doubled; the median counts none as 0", () => {
  const all = [...shares("A", 20), ...shares("B", 20), ...shares("C", 25), ...shares("D", 99)];
  const opened = [incident("A", at(10)), incident("B", at(30)), incident("D", at(5))];
  const leads = leadsOf(all, opened, EVENT, EVENT + 39 * DAY);
  // Three days of four and four of one are 16 of 70: over twice the usual tenth from the third day of the rise on.
  expect(leads.map(({ region, doubledOn, leadDays }) => [region, doubledOn, leadDays])).toEqual([
    ["A", "2024-01-23", 12],
    ["B", "2024-01-23", -8],
    ["C", "2024-01-28", null],
    ["D", null, null],
  ]);
  expect(medianLead(leads)).toBe(0);
  expect(medianLead(leads.slice(0, 2))).toBe(6);
  expect(medianLead(leads.slice(3))).toBeNull();
});
