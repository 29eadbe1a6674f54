import type { RegionRegistry } from "../regions/registry.ts";
import { DAY, HOUR, iso } from "./clock.ts";
import type { DemoEvent } from "./event.ts";
import { hubs } from "./network.ts";
import { between, chance, exponential, mix, random } from "./random.ts";
import { DEMO, type Story } from "./story.ts";

/** Parcels a day that a yard takes, for every order of a calm day. */
const YARD_PER_DAY = 1.6;

/** What is known of the days ahead, at the time it is announced, earliest first. */
export function announcements(story: Story, regions: RegionRegistry): DemoEvent[] {
  const events = [...promotions(story), ...capacities(story), ...forecasts(story, regions), ...warnings(story)];
  return events.filter(({ at }) => at >= story.start && at < story.end).sort((a, b) => a.at - b.at);
}

function promotions({ shift }: Story): DemoEvent[] {
  const { id, name, from, to } = DEMO.promotion;
  const week = { from: iso(DEMO.weekStart + shift), to: iso(DEMO.weekEnd + shift) };
  const at = (days: number) => Math.max(DEMO.weekStart + shift - days * DAY, 0) + 10 * HOUR;
  return [
    {
      stream: "context",
      at: at(14),
      event: { kind: "promotion", id, name, from: iso(from + shift), to: iso(to + shift), uplift: 4.5 },
    },
    {
      stream: "context",
      at: at(10),
      event: {
        kind: "promotion",
        id: `${id}-week`,
        name: "双11返场周",
        ...week,
        uplift: 1.3,
        categories: ["服饰", "美妆", "家电"],
      },
    },
  ];
}

function capacities({ shift, ordersPerDay, disturbances }: Story): DemoEvent[] {
  const from = iso(DEMO.weekStart + shift);
  const to = iso(DEMO.weekEnd + shift);
  const planned = hubs().map(
    (hub, i): DemoEvent => ({
      stream: "context",
      at: DEMO.weekStart + shift - 5 * DAY + (9 + i / 60) * HOUR,
      event: { kind: "capacity", hub: hub.name, from, to, perDay: Math.round(ordersPerDay * YARD_PER_DAY) },
    }),
  );
  if (!disturbances) return planned;
  const cut: DemoEvent = {
    stream: "context",
    at: DEMO.jam.from + shift + 20 * HOUR,
    event: {
      kind: "capacity",
      hub: DEMO.jam.hub,
      from: iso(DEMO.jam.from + shift),
      to: iso(DEMO.jam.to + shift),
      perDay: 0,
    },
  };
  return [...planned, cut];
}

/** A forecast of the next day for every province, each evening: mostly dry, some light rain. */
function forecasts(story: Story, regions: RegionRegistry): DemoEvent[] {
  const r = random(mix(story.seed, 21));
  const provinces = regions.atLevel(1).filter(({ code }) => Number(code) < 700_000);
  const events: DemoEvent[] = [];
  for (let day = story.start; day < story.end; day += DAY) {
    for (const [i, { code, lat }] of provinces.entries()) {
      const wet = chance(r, 0.22);
      const precipMm = wet ? Math.round(exponential(r, 6) * 10) / 10 : 0;
      const tempC = Math.round(34 - lat * 0.62 + between(r, -3, 3));
      const severity = precipMm > 20 ? 1 : 0;
      const at = day + 18 * HOUR + i * 20_000;
      const span = { from: iso(day + DAY), to: iso(day + 2 * DAY), issuedAt: iso(at) };
      const rainedOn = story.disturbances && code === DEMO.rain.region && overlapsRain(story, day + DAY);
      if (rainedOn) continue;
      events.push({
        stream: "context",
        at,
        event: { kind: "weather", region: code, ...span, hazard: wet ? "rain" : "none", severity, precipMm, tempC },
      });
    }
  }
  return events;
}

const overlapsRain = ({ shift }: Story, day: number): boolean =>
  day + DAY > DEMO.rain.from + shift && day < DEMO.rain.to + shift;

/** Of the heavy rain one hears two days ahead, first as a possibility. */
function warnings({ shift, disturbances }: Story): DemoEvent[] {
  if (!disturbances) return [];
  const { region, firstIssued, from, to } = DEMO.rain;
  const steps = [
    { after: 0, severity: 2, precipMm: 60, windMs: 12 },
    { after: 12, severity: 3, precipMm: 110, windMs: 16 },
    { after: 24, severity: 3, precipMm: 140, windMs: 18 },
    { after: 40, severity: 4, precipMm: 190, windMs: 21 },
    { after: 64, severity: 4, precipMm: 170, windMs: 19 },
    { after: 88, severity: 3, precipMm: 90, windMs: 14 },
  ];
  return steps.map(({ after, ...weather }): DemoEvent => {
    const at = firstIssued + shift + after * HOUR;
    const span = { from: iso(Math.max(from + shift, at - (at % HOUR))), to: iso(to + shift), issuedAt: iso(at) };
    return { stream: "context", at, event: { kind: "weather", region, ...span, hazard: "heavy_rain", ...weather } };
  });
}
