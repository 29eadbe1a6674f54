import { type RawInsertFormat, Session } from "chdb";
import type { Spool } from "../spool.ts";
import { statementsOf } from "../statements.ts";
import type { Ask } from "./ask.ts";
import { CODE, Fault, notImplemented } from "./fault.ts";
import { formatOf, type InsertHead, insertHead, isInsert } from "./insert.ts";

export interface Answer {
  readonly bytes: Uint8Array;
  readonly format: string;
  readonly summary: Readonly<Record<string, number>>;
}

/** Formats chDB takes as bytes; others pass as the text of the statement. */
const RAW: ReadonlySet<string> = new Set([
  "JSONEachRow",
  "JSONCompactEachRow",
  "CSV",
  "CSVWithNames",
  "TSV",
  "TabSeparated",
  "TSVWithNames",
  "TabSeparatedWithNames",
]);

/** Binary formats that come in through a file; the first wants its columns in the statement or all of them. */
const SPOOLED: ReadonlySet<string> = new Set(["RowBinary", "RowBinaryWithNamesAndTypes", "Native"]);

/** Formats whose bytes are no text: chDB's connection has no way in for them (out they go). */
const BINARY = /^(RowBinary|Native|Parquet|ORC|Arrow|Avro|Protobuf|CapnProto|MsgPack|BSON|Npy|RawBLOB|Buffers)/i;

/** Default of max_query_size, bytes. */
const QUERY_LIMIT = 262_144;

/** Larger statements than this are not looked into. */
const LOOK = 1_000_000;

/**
 * Runs one request on a connection of its own, so that no setting, parameter or database outlives it.
 * A connection to the directory that is already open costs half a millisecond.
 * @throws Fault, or chDB's error with ClickHouse's text
 */
export async function run(
  path: string,
  ask: Ask,
  readonly: boolean,
  maxResultBytes: number,
  spool: Spool,
): Promise<Answer> {
  const session = new Session(path);
  try {
    const first = prelude(ask, readonly, maxResultBytes);
    // The limit on the length of a statement is meant for the statement, not for its parameters.
    if (first.length > QUERY_LIMIT / 2) await session.queryAsync(`SET max_query_size = ${4 * first.length}`);
    await session.queryAsync(first);
    return await (isInsert(ask.query) ? runInsert(session, ask, spool) : runStatement(session, ask));
  } finally {
    session.close();
  }
}

function prelude(ask: Ask, readonly: boolean, maxResultBytes: number): string {
  const lines = [`USE ${quotedName(ask.database)}`];
  if (!ask.settings.has("max_result_bytes")) lines.push(`SET max_result_bytes = ${maxResultBytes}`);
  for (const [name, value] of ask.settings) lines.push(`SET ${name} = ${quotedText(value)}`);
  for (const [name, value] of ask.params) lines.push(`SET param_${name} = ${quotedText(value)}`);
  if (!ask.settings.has("max_query_size")) lines.push(`SET max_query_size = ${QUERY_LIMIT}`);
  // As ClickHouse does for GET; last, since it forbids nothing but what comes after.
  if (readonly) lines.push("SET readonly = 2");
  return lines.join("; ");
}

async function runStatement(session: Session, ask: Ask): Promise<Answer> {
  const sql = ask.query === "" ? utf8(ask.body) : ask.body.length === 0 ? ask.query : `${ask.query}\n${utf8(ask.body)}`;
  if (sql.trim() === "") throw new Fault(CODE.syntax, "SYNTAX_ERROR", "Syntax error: empty query");
  if (isInsert(sql)) return runText(session, sql, ask.format);
  const statements = sql.length > LOOK ? [] : cut(sql);
  if (statements.length > 1) throw new Fault(CODE.syntax, "SYNTAX_ERROR", "Multi-statements are not allowed");
  return runText(session, sql, formatOf(statements[0], ask.format));
}

async function runText(session: Session, sql: string, format: string): Promise<Answer> {
  const result = await session.queryAsync(sql, { format });
  return {
    bytes: result.bytes(),
    format,
    summary: { ...counted(result.rowsRead, result.bytesRead, 0, 0, result.elapsed) },
  };
}

/** The statement is in the address and the rows are the body. */
async function runInsert(session: Session, ask: Ask, spool: Spool): Promise<Answer> {
  const statement = cut(ask.query)[0];
  const head = statement && insertHead(statement);
  if (!head) return runText(session, `${ask.query}\n${utf8(ask.body)}`, ask.format);
  if (SPOOLED.has(head.format) && !head.settings && ask.body.length > 0) return runSpooled(session, head, ask, spool);
  if (BINARY.test(head.format)) throw notImplemented(`INSERT in the binary format ${head.format}`);
  if (isBlank(ask.body)) {
    // No rows are no error, an unknown table is.
    await session.queryAsync(`SELECT * FROM ${head.table.split(".").map(quotedName).join(".")} LIMIT 0`);
    return { bytes: new Uint8Array(), format: ask.format, summary: counted(0, 0, 0, 0, 0) };
  }
  const named = [...head.table.split("."), ...(head.columns ?? [])].every((name) => /^\w+$/.test(name));
  if (head.settings || !named || !RAW.has(head.format)) {
    return runText(session, `${ask.query}\n${utf8(ask.body)}`, ask.format);
  }
  const format = head.format as RawInsertFormat;
  const { table, columns } = head;
  const done = await session.insert({ table, values: ask.body, format, ...(columns && { columns }) });
  const { rowsWritten, bytesWritten, elapsed } = done as { rowsWritten: number; bytesWritten: number; elapsed: number };
  const summary = counted(rowsWritten, ask.body.length, rowsWritten, bytesWritten, elapsed);
  return { bytes: new Uint8Array(), format: ask.format, summary };
}

async function runSpooled(session: Session, head: InsertHead, ask: Ask, spool: Spool): Promise<Answer> {
  const columns = head.columns ? ` (${head.columns.map(quotedName).join(", ")})` : "";
  const table = `${head.table.split(".").map(quotedName).join(".")}${columns}`;
  let summary = counted(0, 0, 0, 0, 0);
  await spool.insert(table, head.format, ask.body, "", async (statement) => {
    const { rowsRead, elapsed } = await session.queryAsync(statement);
    summary = counted(rowsRead, ask.body.length, rowsRead, ask.body.length, elapsed);
  });
  return { bytes: new Uint8Array(), format: ask.format, summary };
}

function counted(readRows: number, readBytes: number, writtenRows: number, writtenBytes: number, seconds: number) {
  return {
    read_rows: readRows,
    read_bytes: readBytes,
    written_rows: writtenRows,
    written_bytes: writtenBytes,
    total_rows_to_read: 0,
    result_rows: writtenRows || readRows,
    result_bytes: writtenBytes || readBytes,
    elapsed_ns: Math.round(seconds * 1e9),
  };
}

/** What cannot be cut is left to the engine, which says why. */
function cut(sql: string) {
  try {
    return statementsOf(sql);
  } catch {
    return [];
  }
}

function utf8(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw notImplemented("A statement or format that is not UTF-8 text");
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09);
}

/** Backslash and quote are the two characters a string literal of ClickHouse gives a meaning to. */
function quotedText(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function quotedName(name: string): string {
  return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
}
