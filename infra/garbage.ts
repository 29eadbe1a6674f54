import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Collects all garbage when called, which takes some tens of milliseconds. The engine waits until its heap has about
 * doubled, since it does not know a good moment; whoever has to wait anyway knows one.
 */
export function createCollector(): () => void {
  setFlagsFromString("--expose-gc");
  const gc: unknown = runInNewContext("gc");
  return typeof gc === "function" ? () => void gc() : () => undefined;
}
