import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";

/** A migrated store in a directory of its own, gone when closed. One at a time: chDB holds one a process. */
export async function emptyStore(): Promise<Store> {
  const path = mkdtempSync(join(tmpdir(), "tocsin-boards-"));
  const store = await openStore({ path });
  await migrate(store, { log: { info: () => {} } });
  return {
    ...store,
    close: async () => {
      await store.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
}
