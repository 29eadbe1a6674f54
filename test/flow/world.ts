import { seededRandom } from "../../forecasting/math/random.ts";
import { advance, type Running, resume } from "../../processors/flow/fold.ts";
import type { Said } from "../../processors/flow/incident.ts";
import { type Movement, movements } from "../../processors/flow/movements.ts";
import { flowPolicy } from "../../processors/flow/policy.ts";
import type { Step } from "../../processors/flow/steps.ts";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
/** A Monday, midnight UTC. */
export const START = Date.parse("2026-01-05T00:00:00Z");

export interface Shop {
  readonly seed: number;
  readonly days: number;
  readonly ordersPerDay?: number;
  /** What becomes of a step on its way to us: when it is known, ms; undefined for one that never happens. */
  readonly told?: (step: Step) => number | undefined;
}

const CARRIERS = ["SF", "YT", "ZT"];
const REGIONS = ["R1", "R2", "R3", "R4", "R5"];
const HUBS = ["H1", "H2", "H3", "H4"];

/** Orders of a calm shop with days, weekends and vans at noon and in the evening: whole histories by order. */
export function stepsOf({ seed, days, ordersPerDay = 240, told = (step) => step.at }: Shop): Step[] {
  const random = seededRandom(seed);
  const pick = (from: readonly string[]) => from[Math.floor(random() * from.length)] as string;
  const late = (mean: number) => -mean * Math.log(1 - random());
  const steps: Step[] = [];
  for (let n = 0; n < days * ordersPerDay; n += 1) {
    const day = Math.floor(random() * days);
    if (day % 7 > 4 && random() < 0.3) continue;
    const [carrier, origin, destination, hub] = [pick(CARRIERS), pick(REGIONS), pick(REGIONS), pick(HUBS)];
    const placed = START + day * DAY + Math.sqrt(random()) * DAY;
    let at = Math.floor(placed + late(2 * HOUR));
    const order: Step[] = [];
    const add = (kind: string, when: number, more: Partial<Step> = {}) => {
      at = Math.floor(when);
      const about = {
        orderId: `o${n}`,
        kind,
        hub: "",
        at,
        known: at,
        region: "",
        origin: "",
        destination: "",
        carrier: "",
      };
      order.push({ ...about, ...more });
    };
    add("placed", placed, { region: destination, origin, destination, carrier });
    add("paid", at);
    const pickup = Math.ceil((at + 4 * HOUR - START) / DAY) * DAY + START + (random() < 0.5 ? 11 : 18) * HOUR;
    // The vans rest on Sundays, most of them.
    const rests = Math.floor((pickup - START) / DAY) % 7 === 6 && random() < 0.7;
    add("picked_up", pickup + (rests ? DAY : 0) + random() * 2 * HOUR, {
      region: origin,
      carrier,
      hub: `${origin} office`,
    });
    add("arrived_hub", at + (2 + random() * 10) * HOUR, { region: origin, carrier, hub });
    add("departed_hub", at + (2 + random() * 8) * HOUR, { region: origin, carrier, hub });
    const round = Math.ceil((at + 6 * HOUR - START) / DAY) * DAY + START + 8 * HOUR;
    add("delivered", round + late(2 * HOUR), { region: destination, carrier });
    for (const step of order) {
      const known = told(step);
      // What never happened has no consequence.
      if (known === undefined) break;
      steps.push({ ...step, known });
    }
  }
  const byKnown = (a: Step, b: Step) => a.known - b.known || a.at - b.at || (a.kind < b.kind ? -1 : 1);
  return steps.sort((a, b) => (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : byKnown(a, b)));
}

export const policy = flowPolicy.parse({});

/** What is said of a world by its fold, with the hour in which it was said, from START on. */
export function judge(
  steps: readonly Step[],
  days: number,
): { said: (Said & { readonly after: number })[]; running: Running } {
  const byHour = new Map<number, Movement[]>();
  for (const movement of movements(steps, 0, (region) => region)) {
    byHour.set(movement.hour, [...(byHour.get(movement.hour) ?? []), movement]);
  }
  const first = START / HOUR;
  const running = resume({ next: first, watched: [], flow: [], silent: [], masks: [] }, policy, () => false);
  const said: (Said & { readonly after: number })[] = [];
  for (let hour = first; hour < first + days * 24; hour += 1) {
    for (const one of advance(running, hour, byHour.get(hour) ?? [], policy).said) {
      said.push({ ...one, after: hour + 1 - first });
    }
  }
  return { said, running };
}

export const brief = (said: readonly Said[]): string[] =>
  said
    .filter(({ change }) => change === "opened")
    .map(
      ({ incident }) =>
        `${incident.measure} ${incident.dimension} ${incident.value} ${incident.stage} ${incident.change}`,
    );
