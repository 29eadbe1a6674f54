import { z } from "zod";

const judged = z.object({ value: z.string(), observed: z.number(), expected: z.number() });
const foreseen = z.object({
  measure: z.string(),
  observed: z.number(),
  expected: z.number(),
  ahead: z.object({ due: z.number(), open: z.number(), by: z.number() }).optional(),
});
const evidence = z.object({
  /** What alarmed, the strongest first. */
  alarms: z.array(foreseen).optional(),
  within: z.array(judged).default([]),
  /** Of flow: which stage, how it changed, what waits there and how many parcels stand still. */
  stage: z.string().optional(),
  change: z.string().optional(),
  hours: z.number().optional(),
  waiting: z.number().optional(),
  parcels: z.number().optional(),
});

const cause = z.object({ name: z.string(), share: z.number(), low: z.number(), high: z.number() });
const causes = z.array(cause);

/** Drivers of an incident, largest first; none when there are none or they are told in other words. */
export function readCauses(text: string): z.output<typeof causes> {
  if (text === "") return [];
  try {
    const parsed = causes.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : [];
  } catch {
    return [];
  }
}

/** What hotspot gives as evidence, as far as texts use it; nothing of it when it says something else. */
export function readEvidence(text: string): z.output<typeof evidence> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { within: [] };
  }
  const parsed = evidence.safeParse(value);
  return parsed.success ? parsed.data : { within: [] };
}
