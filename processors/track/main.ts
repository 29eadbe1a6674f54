import type { Consumer } from "../../infra/log/port.ts";
import { runStream, type Wiring } from "../shell/run.ts";
import { createTrack } from "./machine.ts";
import type { TrackPolicy } from "./policy.ts";

export const startTrack = (wiring: Wiring, policy: TrackPolicy): Promise<Consumer> =>
  runStream({
    ...wiring,
    process: "track",
    stream: "orders",
    createMachine: () => createTrack(policy, wiring.policyVersion),
  });
