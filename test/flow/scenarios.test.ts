import { describe, expect, test } from "vitest";
import type { Step } from "../../processors/flow/steps.ts";
import { brief, DAY, HOUR, judge, START, stepsOf } from "./world.ts";

const DAYS = 42;
/** A Wednesday, ten in the morning. */
const TROUBLE = START + 30 * DAY + 10 * HOUR;
const within = (at: number, hours: number) => at >= TROUBLE && at < TROUBLE + hours * HOUR;

describe("a calm world", () => {
  test("raises at most one alarm a week over all series", () => {
    let alarms = 0;
    const seeds = [1, 2];
    for (const seed of seeds) alarms += brief(judge(stepsOf({ seed, days: DAYS }), DAYS).said).length;
    // A world judges from the eighth day on.
    expect(alarms).toBeLessThanOrEqual((seeds.length * (DAYS - 7)) / 7);
  });
});

describe("a strike", () => {
  const strike = (step: Step) =>
    step.carrier === "SF" && step.kind === "picked_up" && step.at >= TROUBLE ? undefined : step.at;
  const { said } = judge(stepsOf({ seed: 4, days: DAYS, told: strike }), DAYS);
  const after = said.filter((one) => one.after * HOUR + START >= TROUBLE);

  test("of a carrier's vans is one incident of that carrier within a day, and no silence of its data at that time", () => {
    const opened = after.filter(({ change }) => change === "opened");
    const [first] = opened;
    expect(brief(opened.slice(0, 1))).toEqual([
      expect.stringMatching(/^(handover|throughput) carrier SF \w+ (stop|collapse)$/),
    ]);
    expect((first?.after ?? 0) * HOUR + START - TROUBLE).toBeLessThanOrEqual(DAY);
    const soon = opened.filter((one) => one.after * HOUR + START < TROUBLE + 2 * DAY);
    expect(brief(soon)).toHaveLength(1);
  });
});

describe("a feed that stops", () => {
  const outage = (step: Step) =>
    step.carrier === "SF" && step.kind !== "placed" && within(step.at, 36)
      ? TROUBLE + 36 * HOUR + (step.at % HOUR)
      : step.at;
  const { said } = judge(stepsOf({ seed: 5, days: DAYS, told: outage }), DAYS);
  const after = said.filter((one) => one.after * HOUR + START >= TROUBLE);

  test("is a data incident of the carrier within hours, over soon after data returns, and nothing else", () => {
    const silence = after.filter(({ incident }) => incident.measure === "silence" && incident.value === "SF");
    expect(silence.map(({ change }) => change).filter((change) => change !== "grew")).toEqual(["opened", "resolved"]);
    const hours = (n: number | undefined) => (n ?? 0) - (TROUBLE - START) / HOUR;
    expect(hours(silence[0]?.after)).toBeLessThanOrEqual(12);
    expect(hours(silence.at(-1)?.after)).toBeGreaterThan(36);
    expect(hours(silence.at(-1)?.after)).toBeLessThanOrEqual(48);
    expect(brief(after)).toEqual([expect.stringContaining("silence carrier SF")]);
  });
});

describe("all data", () => {
  test("that stops is one silence, not that of everybody", () => {
    const outage = (step: Step) => (within(step.at, 30) ? TROUBLE + 30 * HOUR + (step.at % HOUR) : step.at);
    const { said } = judge(stepsOf({ seed: 6, days: 35, told: outage }), 35);
    const silent = brief(said.filter((one) => one.after * HOUR + START >= TROUBLE)).filter((text) =>
      text.startsWith("silence"),
    );
    expect(silent).toContain("silence all all scans stop");
  });
});

describe("a hub that jams", () => {
  test("is an incident of the hub's departures within a day, though arrivals go on", () => {
    const jam = (step: Step) =>
      step.hub === "H2" && step.kind === "departed_hub" && step.at >= TROUBLE ? undefined : step.at;
    const { said } = judge(stepsOf({ seed: 7, days: 35, told: jam }), 35);
    const opened = said.filter((one) => one.change === "opened" && one.after * HOUR + START >= TROUBLE);
    expect(brief(opened.slice(0, 1))).toEqual([expect.stringMatching(/^throughput hub H2 departure (stop|collapse)$/)]);
    expect((opened[0]?.after ?? 0) * HOUR + START - TROUBLE).toBeLessThanOrEqual(DAY);
  });
});
