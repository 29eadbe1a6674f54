import type { Consumer } from "../../infra/log/port.ts";
import { runStream, type Wiring } from "../shell/run.ts";
import { createComplain } from "./machine.ts";
import type { ComplainPolicy } from "./policy.ts";

export const startComplain = (wiring: Wiring, policy: ComplainPolicy): Promise<Consumer> =>
  runStream({
    ...wiring,
    process: "complain",
    stream: "complaints",
    createMachine: () => createComplain(policy, wiring.policyVersion),
  });
