import { rmSync } from "node:fs";
import { temporaryDir } from "../session.ts";
import { migrate } from "../store/migrate.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/port.ts";

/** An empty store of this version's schema, gone with the process: what boards' queries are tried on. */
export async function checkingStore(): Promise<Store> {
  const { dir } = await temporaryDir();
  process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
  const store = await openStore({ path: dir });
  await migrate(store, { log: { info: () => {} } });
  return store;
}
