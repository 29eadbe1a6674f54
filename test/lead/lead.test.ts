import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import type { Log } from "../../infra/log/port.ts";
import { leadContract } from "./contract.ts";

let log: Log;
beforeAll(async () => {
  log = await openEmbeddedLog({ dir: await mkdtemp(join(tmpdir(), "tocsin-test-")) });
});
afterAll(() => log.close());

leadContract("embedded", async () => [log, log]);
