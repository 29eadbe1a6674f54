import { expect, test } from "vitest";
import { newCourse } from "../../forecasting/promise/course.ts";
import type { Look } from "../../forecasting/promise/oracle.ts";
import { type Leads, Warnings } from "../../processors/promise/warnings.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PROMISE = 100 * DAY;
const leads: Leads = {
  payment: DAY,
  pickup: 3 * DAY,
  transit: 2 * DAY,
  hub: DAY,
  customs: 2 * DAY,
  delivery: HOUR,
};

function listen() {
  const warnings = new Warnings(0.5, leads, "p");
  const rows: { table: string; row: Record<string, unknown> }[] = [];
  warnings.out = (table, row) => {
    rows.push({ table, row: row as Record<string, unknown> });
  };
  const course = Object.assign(newCourse("o"), { placed: PROMISE - 12 * DAY, promised: PROMISE, destination: "S" });
  const look = (daysBefore: number, risk: number | undefined, landmark = true, stage: Look["stage"] = "transit") => {
    const at = course.promised - daysBefore * DAY;
    const forecast = risk === undefined ? undefined : forecastOf(risk);
    warnings.onLook({ course, stage, at, daysBefore, landmark, forecast });
  };
  const findings = () =>
    rows.filter(({ table }) => table === "finding_changes").map(({ row }) => `${row.change} ${row.reason || "-"}`);
  const risks = () => rows.filter(({ table }) => table === "promise_risks").map(({ row }) => [row.risk, row.verdict]);
  return { warnings, course, look, findings, risks };
}

const forecastOf = (risk: number) => ({
  risk,
  model: 0,
  arrival: () => ({ eta: PROMISE, low: PROMISE, high: PROMISE }),
  shares: () => [],
});

test("a risk of exactly the policy's is warned of, and once, however it goes on", () => {
  const { look, findings } = listen();
  look(10, 0.49999);
  expect(findings()).toEqual([]);
  look(7, 0.5);
  look(5, 0.9);
  look(3, 0.2);
  look(1, 0.9);
  expect(findings()).toEqual(["opened -"]);
});

test("risks are kept at landmarks and where the verdict changes", () => {
  const { look, risks } = listen();
  look(9, 0.1, false);
  look(8, 0.2, false);
  look(7, 0.3);
  look(6, 0.6, false);
  look(4, 0.7, false);
  look(3, 0.8);
  const [fine, bad] = ["fine", "at_risk"];
  expect(risks()).toEqual([
    [0.1, fine],
    [0.3, fine],
    [0.6, bad],
    [0.8, bad],
  ]);
});

test("while nothing is learned the stage's lead decides, to the moment", () => {
  const { look, findings, risks } = listen();
  look(2.001, undefined);
  expect(findings()).toEqual([]);
  look(2, undefined);
  expect(findings()).toEqual(["opened -"]);
  expect(risks()).toEqual([]);
});

test.each([
  ["kept", { delivered: PROMISE, closed: PROMISE }],
  ["broken", { delivered: PROMISE + 1, closed: PROMISE + 1 }],
  ["closed", { closed: PROMISE - DAY }],
])("a warning ends as %s", (reason, more) => {
  const { warnings, course, look, findings } = listen();
  look(5, 0.8);
  Object.assign(course, more);
  warnings.onChange(course, PROMISE - DAY, PROMISE);
  expect(findings()).toEqual(["opened -", `ended ${reason}`]);
});

test("a promise that passes ends the warning as broken", () => {
  const { warnings, course, look, findings } = listen();
  look(5, 0.8);
  warnings.onPromise(course, PROMISE, false);
  expect(findings()).toEqual(["opened -", "ended broken"]);
});

test("a promise that moves ends its warning, and the new one has its own", () => {
  const { warnings, course, look, findings } = listen();
  look(5, 0.8);
  course.promised = PROMISE + 10 * DAY;
  warnings.onChange(course, PROMISE - 4 * DAY, PROMISE);
  look(7, 0.7);
  expect(findings()).toEqual(["opened -", "ended promise_moved", "opened -"]);
});
