import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../infra/store/open.ts";
import { storeContract } from "./contract.ts";

storeContract("chDB in this process", async () => {
  const path = await mkdtemp(join(tmpdir(), "tocsin-store-"));
  return {
    open: (database) => openStore({ path, database }),
    stop: () => rm(path, { recursive: true, force: true }),
  };
});
