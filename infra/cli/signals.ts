import { constants } from "node:os";

/** The work was told to end before it was done. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** What shells expect of a process that a signal ended. */
  readonly exitCode: number;
  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Rejects with Interrupted when a signal asks to end; may be awaited late, or never. */
export function interruption(): Promise<never> {
  const interrupted = endSignal().then((signal): never => {
    throw new Interrupted(signal);
  });
  interrupted.catch(() => undefined);
  return interrupted;
}

/** Resolves with the signal that asks us to end; a second one ends at once. */
export function endSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130);
        asked = true;
        resolve(signal);
      });
    }
  });
}
