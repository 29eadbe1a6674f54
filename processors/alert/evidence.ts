import { z } from "zod";

const judged = z.object({ value: z.string(), observed: z.number(), expected: z.number() });
const evidence = z.object({ within: z.array(judged).default([]) });

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
