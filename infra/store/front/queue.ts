import { CODE, Fault } from "./fault.ts";

export interface Queue {
  /** Runs `work` when its turn comes, in order of arrival; refuses at once when too many wait. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Refuses from now on, and resolves when all that was admitted has ended. */
  drain(): Promise<void>;
}

/** At most `parallel` at a time and `waiting` in line. */
export function createQueue({ parallel, waiting }: { parallel: number; waiting: number }): Queue {
  const line: (() => void)[] = [];
  const idle: (() => void)[] = [];
  let running = 0;
  let closed = false;

  const leave = () => {
    const next = line.shift();
    if (next) return next();
    running--;
    if (running === 0) for (const wake of idle.splice(0)) wake();
  };

  return {
    run: async (work) => {
      if (closed) throw new Fault(CODE.aborted, "ABORTED", "The front is shutting down", 503);
      if (running >= parallel) {
        if (line.length >= waiting) {
          const message = `Too many simultaneous queries: ${running} run and ${line.length} wait`;
          throw new Fault(CODE.tooManyQueries, "TOO_MANY_SIMULTANEOUS_QUERIES", message, 503);
        }
        // Who leaves hands the place over, so `running` stays as it is.
        await new Promise<void>((turn) => line.push(turn));
      } else running++;
      try {
        return await work();
      } finally {
        leave();
      }
    },
    drain: async () => {
      closed = true;
      if (running > 0) await new Promise<void>((wake) => idle.push(wake));
    },
  };
}
