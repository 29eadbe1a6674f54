import type { Consumer } from "../../infra/log/port.ts";
import { runStream, type Wiring } from "../shell/run.ts";
import { createContextRecord } from "./context.ts";
import { runLetters } from "./letters.ts";

export const startRecord = (wiring: Wiring): Promise<Consumer[]> =>
  Promise.all([
    runStream({ ...wiring, process: "record", stream: "context", createMachine: createContextRecord }),
    runLetters(wiring),
  ]);
