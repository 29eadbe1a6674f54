import { destination, type Logger, pino } from "pino";

/** Standard output carries results, standard error everything else: a pipe never mixes them. */
export const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
export const printJson = (document: unknown): void => print(JSON.stringify(document, null, 2));
export const tellUser = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

export const createLogger = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination({ dest: 2, sync: true }));

export interface ProgressLine {
  /** Shows the latest state; on a terminal in place, elsewhere as a line now and then. */
  show(text: string): void;
  end(): void;
}

const TERMINAL_MS = 100;
const LINES_MS = 5000;

/** Progress of long work on standard error. */
export function progressLine(stream: NodeJS.WriteStream = process.stderr, now: () => number = Date.now): ProgressLine {
  const every = stream.isTTY ? TERMINAL_MS : LINES_MS;
  let last = Number.NEGATIVE_INFINITY;
  let pending: string | undefined;
  const write = (text: string) => stream.write(stream.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  return {
    show(text) {
      pending = text;
      if (now() - last < every) return;
      last = now();
      write(text);
      pending = undefined;
    },
    end() {
      if (pending !== undefined) write(pending);
      pending = undefined;
      if (stream.isTTY && last > 0) stream.write("\n");
      last = 0;
    },
  };
}
