import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openEmbeddedLog } from "../../infra/log/embedded.ts";
import { logContract } from "./contract.ts";

const dir = await mkdtemp(join(tmpdir(), "tocsin-log-"));
afterAll(() => rm(dir, { recursive: true, force: true }));

logContract("the embedded log", () => openEmbeddedLog({ dir, segmentBytes: 200_000 }));
