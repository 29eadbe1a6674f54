import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "../../infra/store/open.ts";
import { runFront } from "./child.ts";
import { storeContract } from "./contract.ts";

storeContract("chDB behind its front", async () => {
  const path = await mkdtemp(join(tmpdir(), "tocsin-front-"));
  const front = await runFront(path);
  return {
    open: (database) => openStore({ url: front.url, database }),
    stop: async () => {
      await front.kill("SIGTERM");
      await rm(path, { recursive: true, force: true });
    },
  };
});
