import { z } from "zod";
import { canonical, digest } from "../../ingest/contracts/canonical.ts";
import { duration } from "../../ingest/contracts/duration.ts";
import { actPolicy } from "../../processors/act/policy.ts";
import { alertPolicy } from "../../processors/alert/policy.ts";
import { complainPolicy } from "../../processors/complain/policy.ts";
import { flowPolicy } from "../../processors/flow/policy.ts";
import { hotspotPolicy } from "../../processors/hotspot/policy.ts";
import { learnPolicy } from "../../processors/learn/policy.ts";
import { predictPolicy } from "../../processors/predict/policy.ts";
import { promisePolicy } from "../../processors/promise/policy.ts";
import { trackPolicy } from "../../processors/track/policy.ts";
import { faultsIn, readYaml } from "./yaml.ts";

/** The policy file: what the business decided. Every section belongs to the process of its name. */
export const policySchema = z.strictObject({
  disorder: duration
    .prefault("0s")
    .describe("how much earlier than the latest event of its partition another may still come without being late"),
  learn: learnPolicy,
  track: trackPolicy,
  complain: complainPolicy,
  hotspot: hotspotPolicy,
  flow: flowPolicy,
  predict: predictPolicy,
  promise: promisePolicy,
  act: actPolicy.prefault({}),
  alert: alertPolicy.prefault({}),
});

export type Policy = z.output<typeof policySchema>;

/**
 * @returns the policy and the version that names it in everything it decides
 * @throws ConfigError that names every bad value at once
 */
export function readPolicy(file?: string): { readonly policy: Policy; readonly version: string } {
  const parsed = policySchema.safeParse(file === undefined ? {} : readYaml(file));
  if (!parsed.success) throw faultsIn(`policy ${file}`, parsed.error);
  return { policy: parsed.data, version: digest(canonical(parsed.data)).slice(0, 8) };
}
