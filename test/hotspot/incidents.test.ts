import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldIncidents, type Incident, type Lifetimes } from "../../processors/hotspot/incidents.ts";
import type { Judgement } from "../../processors/hotspot/judge.ts";
import { keyOf } from "../../processors/hotspot/series.ts";

const HOUR = 3_600_000;

const alarm = (value: string, observed: number, more: Partial<Judgement> = {}): Judgement => ({
  series: keyOf("stalls", "hub", value, ""),
  measure: "stalls",
  dimension: "hub",
  value,
  type: "",
  window: 6,
  tick: 0,
  observed,
  expected: 0,
  upper: 0,
  pValue: 1e-9,
  alarm: true,
  ratio: 1,
  events: 100,
  next24: 1,
  ...more,
});

const lives: Lifetimes = {
  resolveAfter: 3 * HOUR,
  reopenWithin: 6 * HOUR,
  silent: () => 0,
  belongs: () => false,
};

describe("incidents", () => {
  const fold = (hours: readonly (readonly Judgement[])[], places = new Map<string, Incident>()) =>
    hours.flatMap((judgements, hour) => foldIncidents(places, judgements, hour * HOUR, lives));
  const said = (hours: readonly (readonly Judgement[])[]) =>
    fold(hours).map(({ change, incident }) => `${change} ${incident.value} ${Math.round(incident.excess)}`);

  test("one opens at the first alarm of a place, grows when it doubled, and resolves after quiet", () => {
    // A sixth of a window of six hours is new: 12, 12 + 2, then what is seen at once, 23, and 23 + 24 / 6.
    const hours = [[alarm("H", 12)], [alarm("H", 12)], [alarm("H", 23)], [alarm("H", 24)], [], [], [], []];
    expect(said(hours)).toEqual(["opened H 12", "grew H 27", "resolved H 27"]);
    expect(fold(hours).at(-1)).toMatchObject({ change: "resolved", strongest: undefined });
  });

  test("quiet for less than its time goes on as one incident; soon after it is over it opens again; later makes another", () => {
    expect(said([[alarm("H", 9)], [], [], [alarm("H", 9)]])).toEqual(["opened H 9"]);
    const again = fold([[alarm("H", 9)], [], [], [], [alarm("H", 9)]]);
    expect(again.map(({ change }) => change)).toEqual(["opened", "resolved", "reopened"]);
    expect(new Set(again.map(({ incident }) => incident.id)).size).toBe(1);
    const later = fold([[alarm("H", 9)], ...Array.from({ length: 11 }, () => []), [alarm("H", 9)]]);
    expect(later.map(({ change }) => change)).toEqual(["opened", "resolved", "opened"]);
    expect(new Set(later.map(({ incident }) => incident.id)).size).toBe(2);
  });

  test("hours in which nothing could be seen are no calm", () => {
    const hours = [[alarm("H", 9)], [], [], [], [], [], []];
    const silent = (from: number, to: number) => Math.max(0, Math.min(to, 3 * HOUR) - Math.max(from, HOUR));
    const changes = hours.flatMap(
      (() => {
        const places = new Map<string, Incident>();
        return (judgements: readonly Judgement[], hour: number) =>
          foldIncidents(places, judgements, hour * HOUR, { ...lives, silent }).map(({ change }) => `${hour} ${change}`);
      })(),
    );
    expect(changes).toEqual(["0 opened", "5 resolved"]);
  });

  test("what is a part of an open incident joins it, wherever it alarms", () => {
    const belongs: Lifetimes["belongs"] = (place, _, incident) => place === "region|R" && incident.value === "H";
    const places = new Map<string, Incident>();
    const both = [alarm("R", 40, { dimension: "region" }), alarm("H", 20)];
    const changes = foldIncidents(places, both, 0, { ...lives, belongs });
    expect(changes.map(({ incident }) => incident.value)).toEqual(["H"]);
    expect([...places.values()].map(({ parts }) => parts)).toEqual([["region|R"]]);
    // It lasts as long as its parts do.
    foldIncidents(places, [alarm("R", 40, { dimension: "region" })], 2 * HOUR, { ...lives, belongs });
    expect(foldIncidents(places, [], 4 * HOUR, { ...lives, belongs })).toEqual([]);
  });

  test("one that adds less than half as much a day shrinks, once", () => {
    const hours = [[alarm("H", 60)], ...Array.from({ length: 20 }, () => [alarm("H", 12)])];
    expect(said(hours).filter((text) => text.startsWith("shrank"))).toHaveLength(1);
  });

  test("small excess adds up over the hours", () => {
    const hours = Array.from({ length: 8 }, () => [alarm("H", 12)]);
    expect(said(hours)).toEqual(["opened H 12", "grew H 24"]);
  });

  test("everything that alarms in a place is one incident, told by its strongest", () => {
    const both = [alarm("H", 10, { pValue: 1e-6 }), alarm("H", 40, { window: 24, pValue: 1e-12 })];
    const [change, ...rest] = fold([both]);
    expect(rest).toEqual([]);
    expect(change).toMatchObject({ strongest: { window: 24 }, incident: { excess: 40, since: -24 * HOUR } });
    expect(change?.alarms).toHaveLength(2);
  });

  test("what did not alarm opens nothing, and places of two kinds with one name are two", () => {
    expect(fold([[alarm("H", 99, { alarm: false })]])).toEqual([]);
    expect(fold([[alarm("H", 9), alarm("H", 9, { dimension: "carrier" })]])).toHaveLength(2);
  });

  const judgement = fc
    .record({
      value: fc.constantFrom("A", "B"),
      window: fc.constantFrom(6, 24),
      observed: fc.integer({ min: 8, max: 60 }),
      type: fc.constantFrom("", "slow"),
      pValue: fc.constantFrom(0, 1e-9, 1e-7),
      alarm: fc.boolean(),
    })
    .map(({ value, observed, ...more }) =>
      alarm(value, observed, { ...more, series: keyOf("stalls", "hub", value, more.type) }),
    );
  const hour = fc.uniqueArray(judgement, { maxLength: 6, selector: ({ series, window }) => `${series} ${window}` });
  const week = fc.array(hour, { maxLength: 12 });

  test("say the same in whatever order the judgements of an hour come", () => {
    fc.assert(
      fc.property(week, fc.infiniteStream(fc.nat()), (hours, dice) => {
        const shuffled = hours.map((list) => {
          const marked = list.map((one) => ({ one, mark: dice.next().value as number }));
          return marked.sort((a, b) => a.mark - b.mark).map(({ one }) => one);
        });
        expect(fold(shuffled)).toEqual(fold(hours));
      }),
      { numRuns: 300 },
    );
  });

  test("say the same when their state was put away and taken out between any two hours", () => {
    fc.assert(
      fc.property(week, (hours) => {
        let kept = "[]";
        const changes = hours.flatMap((judgements, i) => {
          const places = new Map<string, Incident>(JSON.parse(kept));
          const found = foldIncidents(places, judgements, i * HOUR, lives);
          kept = JSON.stringify([...places]);
          return found;
        });
        expect(changes).toEqual(fold(hours));
      }),
      { numRuns: 200 },
    );
  });

  test("open before they grow or resolve, and never twice under one id", () => {
    fc.assert(
      fc.property(week, (hours) => {
        const open = new Set<string>();
        const ever = new Set<string>();
        for (const { change, incident } of fold([...hours, [], [], [], []])) {
          if (change === "opened" || change === "reopened") {
            expect(ever.has(incident.id)).toBe(change === "reopened");
            expect(open.has(incident.id)).toBe(false);
            open.add(incident.id);
            ever.add(incident.id);
          } else expect(open.has(incident.id)).toBe(true);
          if (change === "resolved") open.delete(incident.id);
        }
        expect(open.size).toBe(0);
      }),
    );
  });
});
