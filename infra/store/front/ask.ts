import type { IncomingHttpHeaders } from "node:http";
import { badRequest, notImplemented } from "./fault.ts";

/** What a request asks of the engine. */
export interface Ask {
  readonly queryId: string | undefined;
  readonly database: string;
  /** Of the address; the body follows it. */
  readonly query: string;
  readonly body: Buffer;
  /** Values in ClickHouse's escaped text form, as they came. */
  readonly params: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  readonly format: string;
  readonly compress: boolean;
}

/** Words of the address that belong to the HTTP interface and are no settings of the engine. */
const HTTP_WORDS: ReadonlySet<string> = new Set([
  "query",
  "query_id",
  "database",
  "default_format",
  "user",
  "password",
  "quota_key",
  "stacktrace",
  "wait_end_of_query",
  "buffer_size",
  "http_response_buffer_size",
  "send_progress_in_http_headers",
  "http_headers_progress_interval_ms",
  "enable_http_compression",
  "http_zlib_compression_level",
  "http_write_exception_in_output_format",
  "cancel_http_readonly_queries_on_client_close",
  "add_http_cors_header",
  "client_protocol_version",
]);

/** Things a server keeps or speaks and the front does not. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ["session_id", "A session (session_id)"],
  ["compress", "Native block compression (compress=1; use enable_http_compression)"],
  ["decompress", "Native block compression (decompress=1; use Content-Encoding)"],
  ["role", "A role"],
]);

/** @throws Fault for what cannot be understood or is not supported */
export async function toAsk(address: URLSearchParams, headers: IncomingHttpHeaders, raw: Buffer): Promise<Ask> {
  const words = new URLSearchParams(address);
  const type = headers["content-type"] ?? "";
  const body = type.startsWith("multipart/form-data") ? await takeForm(words, type, raw) : raw;
  const params = new Map<string, string>();
  const settings = new Map<string, string>();
  for (const [name, value] of words) {
    const refused = REFUSED.get(name);
    if (refused && value !== "" && value !== "0") throw notImplemented(refused);
    if (HTTP_WORDS.has(name) || refused) continue;
    const target = name.startsWith("param_") ? params : settings;
    const key = name.startsWith("param_") ? name.slice(6) : name;
    if (!/^[A-Za-z_]\w*$/.test(key)) throw badRequest(`Expected the name of a setting or param_*, got ${name}`);
    target.set(key, value);
  }
  return {
    queryId: words.get("query_id") ?? undefined,
    database: words.get("database") || header(headers, "x-clickhouse-database") || "default",
    query: words.get("query") ?? "",
    body,
    params,
    settings,
    format: words.get("default_format") || header(headers, "x-clickhouse-format") || "TabSeparated",
    compress: words.get("enable_http_compression") === "1",
  };
}

/** Parameters and the query may come as a form; files (external tables) may not. */
async function takeForm(words: URLSearchParams, type: string, raw: Buffer): Promise<Buffer> {
  const form = await new Response(new Uint8Array(raw), { headers: { "content-type": type } })
    .formData()
    .catch((error) => {
      throw badRequest(`Body is not a form: ${error instanceof Error ? error.message : error}`);
    });
  for (const [name, value] of form) {
    if (typeof value !== "string") throw notImplemented("External data in a form");
    if (name === "query") words.set("query", (words.get("query") ?? "") + value);
    else words.set(name, value);
  }
  return Buffer.alloc(0);
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
