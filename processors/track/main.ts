import type { Consumer } from "../../infra/log/port.ts";
import type { NormSource } from "../shell/norm-source.ts";
import { NO_NORMS } from "../shell/norms.ts";
import { runStream, type Wiring } from "../shell/run.ts";
import { createTrack } from "./machine.ts";
import type { TrackPolicy } from "./policy.ts";

export const startTrack = (wiring: Wiring, policy: TrackPolicy, learned?: NormSource): Promise<Consumer> =>
  runStream({
    ...wiring,
    process: "track",
    stream: "orders",
    createMachine: () => createTrack(policy, wiring.policyVersion, learned?.norms ?? NO_NORMS),
    gate: learned,
  });
