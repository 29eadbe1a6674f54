import { spawn } from "node:child_process";
import { PassThrough, type Readable } from "node:stream";

/**
 * Standard input, read by a child: in this process it is gone as soon as chDB opens, which would take it for rows of
 * its own. Call it before the store is opened.
 */
export function takeStdin(): Readable {
  const child = spawn(process.execPath, ["-e", "process.stdin.pipe(process.stdout)"], {
    stdio: ["inherit", "pipe", "inherit"],
  });
  const input = new PassThrough();
  // It ends when the child says that all was read, and not when the child was killed in the middle.
  child.stdout.pipe(input, { end: false });
  child.once("error", (error) => input.destroy(error));
  child.once("close", (code, signal) => {
    if (code === 0) input.end();
    else input.destroy(new Error(`standard input: expected to read it to its end, got ${signal ?? `code ${code}`}`));
  });
  input.once("close", () => child.kill());
  return input;
}
