import { resolve } from "node:path";
import { Readable } from "node:stream";
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from "@clickhouse/client";
import { openDirectory } from "./directory.ts";
import { classify, storeError } from "./errors.ts";
import { createPool } from "./pool.ts";
import { openSpool } from "./spool.ts";

/** Where the data is: a server (`url`) or a directory this process opens for itself (`path`). One of the two. */
export interface StorePlace {
  /** http(s)://[user:password@]host[:port][/database] */
  readonly url?: string | undefined;
  readonly path?: string | undefined;
  /** Created when it is not there. Default: the one in the URL, or `default`. */
  readonly database?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

export interface ConnectLimits {
  /** How long the first answer may take, ms. */
  readonly openMs: number;
  /** How long any statement may take, ms. */
  readonly requestMs: number;
}

/** A connection for one statement, until its answer has been read. */
export interface Lent {
  readonly client: ClickHouseClient;
  /** What has to go with every query; empty where the connection keeps it. */
  readonly reading: ClickHouseSettings;
  /** Resolves when the rows are acknowledged. */
  insert(table: string, format: RowFormat, rows: readonly Buffer[], settings: ClickHouseSettings): Promise<void>;
}

export type RowFormat = "JSONEachRow" | typeof BINARY;
export const BINARY = "RowBinaryWithNamesAndTypes";

export interface Connected {
  use<T>(work: (lent: Lent) => Promise<T>): Promise<T>;
  close(): Promise<void>;
  /** For messages; without the password. */
  readonly name: string;
}

/** @param reading  settings of every query */
export async function connect(
  place: StorePlace,
  limits: ConnectLimits,
  reading: ClickHouseSettings,
): Promise<Connected> {
  if ((place.url === undefined) === (place.path === undefined)) {
    throw new TypeError(`store: expected either a url or a path, got ${place.url === undefined ? "neither" : "both"}`);
  }
  return place.url === undefined
    ? connectPath(place, place.path as string, reading)
    : connectUrl(place, place.url, limits, reading);
}

type Connection = NonNullable<ClickHouseClientConfigOptions["connection"]>;

/**
 * A connection runs two statements at a time, each on one thread: what is asked here is small, and to share it out among
 * threads costs a fifth more. A statement that is not small says so itself.
 */
const SESSION: ClickHouseSettings = { max_threads: 1 };

async function connectPath(place: StorePlace, path: string, reading: ClickHouseSettings): Promise<Connected> {
  // The engine is loaded where it is used: with a server nobody needs it.
  const { createChdbConnection } = await import("chdb/connection");
  const directory = resolve(path);
  const name = `chDB at ${directory}`;
  const database = quoted(place.database ?? "default");
  const spool = later(() => openSpool(directory));
  const open = (): Lent => {
    const connection = openDirectory(directory, () => createChdbConnection({ path: directory }));
    // The client bundles its own copy of the interface, so the two agree in shape and not in name.
    const client = createClient({
      connection: connection as unknown as Connection,
      log: { level: ClickHouseLogLevel.OFF },
    });
    return {
      client,
      reading: {},
      insert: async (table, format, values, settings) => {
        const given = settings as Record<string, string | number>;
        if (format !== BINARY) {
          // As bytes beside the statement, which chDB reads 2.6 times as fast as rows inside of it.
          await connection.chdb.rawInsert({ table, values: Buffer.concat(values), format, settings: given });
          return;
        }
        await spool().insert(table, format, values, listed(given), (query) => client.command({ query }));
      },
    };
  };
  // Keeps the directory open while no statement runs.
  const holder = open().client;
  try {
    await holder.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  } catch (error) {
    await holder.close();
    throw storeError(`${name}: database ${database} cannot be used`, error);
  }
  const pool = createPool({
    // A statement takes one of libuv's four threads for as long as it runs.
    size: 2,
    open: async () => {
      const lent = open();
      await lent.client.command({ query: `USE ${database}` });
      await lent.client.command({ query: `SET ${listed({ ...SESSION, ...reading })}` });
      return lent;
    },
    close: ({ client }) => client.close(),
  });
  const close = async () => {
    await pool.close();
    await holder.close();
  };
  return { use: pool.use, close, name };
}

/** As they stand in a statement. */
const listed = (settings: ClickHouseSettings): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name} = ${JSON.stringify(value).replaceAll('"', "'")}`)
    .join(", ");

async function connectUrl(
  place: StorePlace,
  address: string,
  limits: ConnectLimits,
  reading: ClickHouseSettings,
): Promise<Connected> {
  const url = parsed(address);
  const inPath = decodeURIComponent(url.pathname.replace(/^\/+|\/+$/g, ""));
  const database = place.database ?? (inPath || "default");
  const username = place.username ?? (decodeURIComponent(url.username) || "default");
  const password = place.password ?? decodeURIComponent(url.password);
  url.pathname = "/";
  url.username = "";
  url.password = "";
  const name = `ClickHouse at ${url.origin}`;
  const settings = {
    url,
    username,
    password,
    log: { level: ClickHouseLogLevel.OFF },
    // Long parameters, such as lists of ids, travel in the body: addresses have a limit everywhere.
    use_multipart_params_auto: true,
  };
  const first = createClient({ ...settings, request_timeout: limits.openMs });
  try {
    await prepare(first, database);
  } catch (error) {
    const { code } = classify(error);
    const why = typeof code === "number" ? `database ${database} cannot be used` : "no ClickHouse answers there";
    throw storeError(`${name}: ${why}`, error);
  } finally {
    await first.close();
  }
  const client = createClient({ ...settings, database, request_timeout: limits.requestMs });
  const lent: Lent = {
    client,
    reading,
    insert: async (table, format, rows, clickhouse_settings) => {
      const values = Readable.from(rows, { objectMode: false });
      const query = `INSERT INTO ${table} FORMAT ${format}`;
      const { stream } = await client.exec({ query, values, clickhouse_settings });
      // The write is acknowledged when the answer has ended.
      for await (const _ of stream);
    },
  };
  return { use: (work) => work(lent), close: () => client.close(), name };
}

/** Made when first asked for. */
function later<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** A user who may not create databases can still use one that is there. */
async function prepare(client: ClickHouseClient, database: string): Promise<void> {
  const found = await client.query({
    query: "SELECT count() > 0 AS found FROM system.databases WHERE name = {database:String}",
    query_params: { database },
    format: "JSONEachRow",
  });
  const [row] = await found.json<{ found: number | boolean }>();
  if (!row?.found) await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${quoted(database)}` });
}

function parsed(address: string): URL {
  try {
    const url = new URL(address);
    if (url.protocol === "http:" || url.protocol === "https:") return url;
  } catch {
    // Falls through to the one message for both; the address may hold a password, so it is not repeated.
  }
  throw new TypeError("store: expected a url like http://user:password@host:8123/database");
}

function quoted(identifier: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(identifier)) {
    throw new TypeError(`store: expected a database name of letters, digits and _, got ${JSON.stringify(identifier)}`);
  }
  return `\`${identifier}\``;
}
