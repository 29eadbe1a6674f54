import { z } from "zod";
import { STREAMS } from "../../ingest/contracts/topics.ts";
import type { Sender } from "../../ingest/http/tokens.ts";
import { faultsIn, readYaml } from "./yaml.ts";

/** Enough for a request a 100 ms, each of up to thousands of events. */
const PER_MINUTE = 600;

/** The file of who may send events over HTTP. `tocsin token NAME` makes an entry. */
const sendersFile = z
  .strictObject({
    senders: z
      .array(
        z.strictObject({
          name: z.string().min(1).max(64),
          sha256: z.string().regex(/^[0-9a-f]{64}$/, "expected the SHA-256 of the token, 64 lower-case hex digits"),
          streams: z
            .array(z.enum(STREAMS))
            .min(1)
            .prefault([...STREAMS]),
          requestsPerMinute: z.number().int().min(1).max(10_000_000).prefault(PER_MINUTE),
        }),
      )
      .min(1),
  })
  .superRefine(({ senders }, context) => {
    for (const field of ["name", "sha256"] as const) {
      const seen = new Set<string>();
      for (const [index, sender] of senders.entries()) {
        if (seen.has(sender[field])) {
          const message = `expected every ${field} once, got ${JSON.stringify(sender[field])} again`;
          context.addIssue({ code: "custom", path: ["senders", index, field], message });
        }
        seen.add(sender[field]);
      }
    }
  });

/** @throws ConfigError that names every bad value at once */
export function readSenders(file: string): readonly Sender[] {
  const parsed = sendersFile.safeParse(readYaml(file));
  if (!parsed.success) throw faultsIn(file, parsed.error);
  return parsed.data.senders;
}
