import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe } from "vitest";

const root = process.env.TOCSIN_DATA ?? new URL("../../../shared/data", import.meta.url).pathname;

/** Path of a research data set that is not part of the project. */
export function dataPath(...parts: string[]): string {
  return join(root, ...parts);
}

/** describe that is skipped, with the reason in its name, when the data set is absent. */
export function describeWithData(name: string, folder: string, body: () => void): void {
  const present = existsSync(dataPath(folder));
  describe.skipIf(!present)(present ? name : `${name} (skipped: ${folder} not found, set TOCSIN_DATA)`, body);
}
