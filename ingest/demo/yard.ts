import { HOUR, hourOfDay } from "./clock.ts";
import { strain } from "./demand.ts";
import type { Hub } from "./network.ts";
import { lognormal, type Random } from "./random.ts";
import { DEMO, type Story } from "./story.ts";

/** When a parcel that comes into a yard leaves it. To be asked in order of arrival. */
export type Yards = (hub: Hub, arrived: number, pace: number, r: Random) => number;

/** Median hours in a yard, the spread of their logarithm, and how much slower it is when the night shift is home. */
const DWELL = { median: 2.9, sigma: 0.45, daytime: 1.35 } as const;
/** Parcels an hour that the jammed yard sends on after the jam, for every order of a calm day. */
const DRAIN = 0.058;

/** Yards that work at their pace, and one that jams: what waits there goes on in order of arrival, at a limited rate. */
export function yards(story: Story): Yards {
  const [from, to] = [DEMO.jam.from + story.shift, DEMO.jam.to + story.shift];
  const interval = HOUR / (DRAIN * story.ordersPerDay);
  let slot = to;
  let drained = !story.disturbances;
  return (hub, arrived, pace, r) => {
    const hour = hourOfDay(arrived);
    const slow = hour >= 8 && hour < 16 ? DWELL.daytime : 1;
    const ready = arrived + lognormal(r, DWELL.median * slow * pace * strain(story, arrived), DWELL.sigma) * HOUR;
    if (hub.name !== DEMO.jam.hub || drained || ready < from) return ready;
    if (arrived > to && slot <= arrived) {
      drained = true;
      return ready;
    }
    const leaves = Math.max(ready, slot);
    slot += interval;
    return leaves;
  };
}
