import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Told } from "../explain/read.ts";

const ENTRY = fileURLToPath(new URL("tocsin.js", import.meta.url));

/**
 * What a data directory holds of what was said. Another process reads it: a process holds one chDB directory in its life.
 * @throws Error with what that process said when it failed
 */
export function readSaid(dir: string): Promise<Told> {
  const child = spawn(process.execPath, [ENTRY, "explain", "--data", dir, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(out) as Told);
      else reject(new Error(`--against ${dir}: expected a data directory of a former replay, got: ${err.trim()}`));
    });
  });
}
