import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSettings, type Settings } from "../../../config/settings.ts";
import { openStoreOf } from "../../../session.ts";
import { checkSchema } from "../../../store/migrate.ts";
import type { Store } from "../../../store/port.ts";

export interface Options {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

/** The settings of a store that is there: opening one makes it, and who only looks must leave no empty one behind. */
export function settingsOf(options: Options): Settings {
  const settings = readSettings(options.config, {
    ...process.env,
    ...(options.data !== undefined && { TOCSIN_DIR: options.data }),
  });
  const { dir, clickhouse } = settings;
  if (clickhouse.url === undefined && !existsSync(join(dir, "store", "metadata"))) {
    throw new Error(`${dir}: expected the data directory of a Tocsin, found no store in it`);
  }
  return settings;
}

export async function withStore<T>(options: Options, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStoreOf(settingsOf(options));
  try {
    await checkSchema(store);
    return await use(store);
  } finally {
    await store.close();
  }
}
