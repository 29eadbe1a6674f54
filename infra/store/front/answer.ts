import type { ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, deflate, gzip } from "node:zlib";
import { classify } from "../errors.ts";
import type { Answer } from "./engine.ts";
import { Fault } from "./fault.ts";
import { httpStatus } from "./http-status.ts";

const PACK = { gzip: promisify(gzip), deflate: promisify(deflate), br: promisify(brotliCompress) };

const TYPES: readonly [format: RegExp, type: string][] = [
  [/^JSON.*EachRow/i, "application/x-ndjson; charset=UTF-8"],
  [/^JSON/i, "application/json; charset=UTF-8"],
  [/^CSV/i, "text/csv; charset=UTF-8"],
  [/^(TSV|TabSeparated)/i, "text/tab-separated-values; charset=UTF-8"],
  [/^(Native|RowBinary|Parquet|ORC|Arrow|Avro|MsgPack|BSON|Protobuf)/i, "application/octet-stream"],
];

export async function sendAnswer(response: ServerResponse, answer: Answer, accepts: string | undefined): Promise<void> {
  const packing = (["gzip", "br", "deflate"] as const).find((name) => accepts?.includes(name));
  response.setHeader(
    "Content-Type",
    TYPES.find(([format]) => format.test(answer.format))?.[1] ?? "text/plain; charset=UTF-8",
  );
  response.setHeader("X-ClickHouse-Format", answer.format);
  // ClickHouse writes the numbers as text: they may be larger than a double holds.
  const summary = Object.fromEntries(Object.entries(answer.summary).map(([name, value]) => [name, String(value)]));
  response.setHeader("X-ClickHouse-Summary", JSON.stringify(summary));
  if (packing && answer.bytes.length > 0) {
    const packed = await PACK[packing](answer.bytes);
    response.setHeader("Content-Encoding", packing);
    response.end(packed);
  } else response.end(answer.bytes);
}

export function sendError(response: ServerResponse, error: unknown, version: string): void {
  const { code } = classify(error);
  const number = typeof code === "number" ? code : 1001;
  const said = error instanceof Error ? error.message : String(error);
  const text = said.startsWith("Code:") ? said : `Code: ${number}. DB::Exception: ${said}. (STD_EXCEPTION)`;
  response.statusCode = (error instanceof Fault ? error.status : undefined) ?? httpStatus(number);
  response.setHeader("X-ClickHouse-Exception-Code", String(number));
  response.setHeader("Content-Type", "text/plain; charset=UTF-8");
  response.end(`${text} (version ${version})\n`);
}
