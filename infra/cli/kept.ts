import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../config/settings.ts";
import { openStoreOf } from "../session.ts";
import { checkSchema } from "../store/migrate.ts";
import type { Store } from "../store/port.ts";

/**
 * Opens a store that is there, to be read: opening one that is not would make it.
 * @throws Error when there is none, or of another version
 */
export async function openKept(settings: Settings): Promise<Store> {
  const { dir, clickhouse } = settings;
  if (clickhouse.url === undefined && !existsSync(join(dir, "store")))
    throw new Error(`${dir}: expected a data directory of replay, demo or up, got one without a store`);
  const store = await openStoreOf(settings);
  try {
    await checkSchema(store);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
