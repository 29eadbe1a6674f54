import { z } from "zod";
import { id, label, region, time } from "./fields.ts";

const span = { from: time, to: time };
const forward = (it: { from: number; to: number }) => it.from <= it.to;
const FORWARD = { path: ["to"], message: "expected an end that is not before the start" };

const promotion = z
  .object({
    kind: z.literal("promotion"),
    eventId: id.optional(),
    id,
    name: label,
    ...span,
    issuedAt: time.optional().describe("when it was announced; left out, when it is read"),
    regions: z.array(region).max(1000).optional(),
    categories: z.array(label).max(1000).optional(),
    uplift: z.number().min(0).max(1000).optional(),
  })
  .refine(forward, FORWARD);

const weather = z
  .object({
    kind: z.literal("weather"),
    eventId: id.optional(),
    region,
    ...span,
    issuedAt: time,
    hazard: label,
    severity: z.number().int().min(0).max(4),
    precipMm: z.number().min(0).max(5000).optional(),
    windMs: z.number().min(0).max(200).optional(),
    tempC: z.number().min(-100).max(70).optional(),
  })
  .refine(forward, FORWARD);

const capacity = z
  .object({
    kind: z.literal("capacity"),
    eventId: id.optional(),
    hub: label.optional(),
    carrier: label.optional(),
    region: region.optional(),
    ...span,
    perDay: z.number().min(0).max(1e9),
  })
  .refine(forward, FORWARD)
  .refine((c) => [c.hub, c.carrier, c.region].filter((x) => x !== undefined).length === 1, {
    message: "expected exactly one of hub, carrier and region",
  });

/** What the shop knows about the days ahead, as it comes in on `tocsin.context.v1`. */
export const contextEvent = z
  .discriminatedUnion("kind", [promotion, weather, capacity])
  .meta({ id: "ContextEvent", description: "A promotion, a weather forecast or a capacity" });

/** The fields that each kind of context has. */
export const CONTEXT_FIELDS = {
  promotion: Object.keys(promotion.shape),
  weather: Object.keys(weather.shape),
  capacity: Object.keys(capacity.shape),
} as const;
