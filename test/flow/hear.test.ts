import { expect, test } from "vitest";
import { emptySeason } from "../../forecasting/flow/season.ts";
import type { Open } from "../../processors/flow/incident.ts";
import { FORGOTTEN, PAST, type Series } from "../../processors/flow/series.ts";
import { type Heard, hear } from "../../processors/flow/silence.ts";
import { newWatched } from "../../processors/flow/watched.ts";

const HOUR = 3_600_000;
const LAST = 1000 * HOUR;

/** A feed of 20 scans an hour, heard until hour 1000. */
function feed(place: string, longest: number, elsewhere: number): Heard {
  const [dimension, value] = place.split("|") as [Series["dimension"], string];
  const series: Series = {
    key: `scans|${place}` as Series["key"],
    stage: "scans",
    dimension,
    value,
    place,
    kind: `scans|${dimension}`,
    passed: new Int32Array(PAST),
    waited: new Int32Array(PAST),
    entered: new Int32Array(FORGOTTEN),
    waiting: 7,
    before: 7,
    passing: 0,
    latest: LAST,
    first: 0,
    total: 5000,
    season: emptySeason(),
    carriers: new Map(),
  };
  return { series, watched: { ...newWatched(), last: LAST }, expected: 20, longest: () => longest, elsewhere };
}

/** Hours without a scan until an incident opens, at most `most`. */
function hoursUntilOpen(feeds: readonly Heard[], most = 48): number | undefined {
  const open = new Map<string, Open>();
  for (let n = 0; n < most; n++) if (hear(open, feeds, 1000 + n, 0.1).said.length > 0) return n + 1;
  return undefined;
}

test("a silence opens when its length is beyond chance and twice what the feed is known for", () => {
  const chance = hoursUntilOpen([feed("carrier|X", 0, Number.POSITIVE_INFINITY)]) ?? Number.NaN;
  // Log of 168 hours a week over 0.1 a week is 7.4 nats; an hour is 20 over the dispersion of a feed not known well.
  expect(chance).toBe(1);
  // 150 events expected in the longest silence so far: 300 are 15 hours.
  expect(hoursUntilOpen([feed("carrier|X", 150, Number.POSITIVE_INFINITY)])).toBe(15);
});

test("one stage that stops is no feed that stopped", () => {
  expect(hoursUntilOpen([feed("carrier|X", 0, 2.9)])).toBeUndefined();
  expect(hoursUntilOpen([feed("carrier|X", 0, 3)])).toBe(1);
});

test("when nothing comes from anywhere it is one silence, and data that comes again ends it", () => {
  const everywhere = [feed("all|all", 0, 100), feed("carrier|X", 0, 100), feed("carrier|Y", 0, 100)];
  const open = new Map<string, Open>();
  const { said, doubtful } = hear(open, everywhere, 1000, 0.1);
  expect(said.map(({ change, incident }) => `${change} ${incident.dimension}`)).toEqual(["opened all"]);
  expect(doubtful).toEqual(new Set(["all|all", "carrier|X", "carrier|Y"]));
  const [all] = everywhere as [Heard];
  // A straggler from before the silence is no news; three in ten of what is due are.
  Object.assign(all.series, { passing: 1, latest: LAST - HOUR });
  expect(hear(open, [all], 1001, 0.1).said.map(({ change }) => change)).not.toContain("resolved");
  Object.assign(all.series, { passing: 2, latest: 1002.5 * HOUR });
  expect(hear(open, [all], 1002, 0.1).said).toEqual([]);
  Object.assign(all.series, { passing: 10, latest: 1003.5 * HOUR });
  expect(hear(open, [all], 1003, 0.1).said.map(({ change }) => change)).toEqual(["resolved"]);
  expect(open.size).toBe(0);
});
