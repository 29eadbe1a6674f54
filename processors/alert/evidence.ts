import { z } from "zod";

const judged = z.object({ value: z.string(), observed: z.number(), expected: z.number() });
const evidence = z.object({
  within: z.array(judged).default([]),
  /** Of flow: which stage, how it changed, what waits there and how many parcels stand still. */
  stage: z.string().optional(),
  change: z.string().optional(),
  hours: z.number().optional(),
  waiting: z.number().optional(),
  parcels: z.number().optional(),
});

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
