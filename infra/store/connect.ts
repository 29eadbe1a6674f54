import { resolve } from "node:path";
import {
  type ClickHouseClient,
  type ClickHouseClientConfigOptions,
  ClickHouseLogLevel,
  createClient,
} from "@clickhouse/client";
import { createChdbConnection } from "chdb/connection";
import { openDirectory } from "./directory.ts";
import { classify, storeError } from "./errors.ts";

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

export interface Connected {
  readonly client: ClickHouseClient;
  readonly database: string;
  /** For messages; without the password. */
  readonly name: string;
}

export async function connect(place: StorePlace, limits: ConnectLimits): Promise<Connected> {
  if ((place.url === undefined) === (place.path === undefined)) {
    throw new TypeError(`store: expected either a url or a path, got ${place.url === undefined ? "neither" : "both"}`);
  }
  return place.url === undefined ? connectPath(place, place.path as string) : connectUrl(place, place.url, limits);
}

async function connectPath(place: StorePlace, path: string): Promise<Connected> {
  const directory = resolve(path);
  const name = `chDB at ${directory}`;
  // The client bundles its own copy of the interface, so the two agree in shape and not in name.
  const connection = openDirectory(directory, () => createChdbConnection({ path: directory })) as unknown as Connection;
  const client = createClient({ connection, log: { level: ClickHouseLogLevel.OFF } });
  const database = place.database ?? "default";
  try {
    await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${quoted(database)}` });
    await client.command({ query: `USE ${quoted(database)}` });
  } catch (error) {
    await client.close();
    throw storeError(`${name}: database ${database} cannot be used`, error);
  }
  return { client, database, name };
}

type Connection = NonNullable<ClickHouseClientConfigOptions["connection"]>;

async function connectUrl(place: StorePlace, address: string, limits: ConnectLimits): Promise<Connected> {
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
  return { client: createClient({ ...settings, database, request_timeout: limits.requestMs }), database, name };
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
