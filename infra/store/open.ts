import type { ClickHouseSettings } from "@clickhouse/client";
import { binaryChunks, type Column, createCoders } from "./binary.ts";
import { CHUNK_LIMITS, type ChunkLimits, chunksOf } from "./chunks.ts";
import { BINARY, connect, type Lent, type RowFormat, type StorePlace } from "./connect.ts";
import { storeError } from "./errors.ts";
import { toParams } from "./params.ts";
import type { Params, Store } from "./port.ts";
import { REAL_TOOLS, RETRY_DEFAULTS, type RetryPolicy, type RetryTools, retrying } from "./retry.ts";
import { decodeRows } from "./rows.ts";
import { createSheets } from "./sheets.ts";

export interface StoreOptions extends StorePlace {
  /** Until the first answer of a server, ms. Default 10,000. */
  readonly openTimeoutMs?: number | undefined;
  /** For any one statement on a server, ms. Default 300,000. */
  readonly requestTimeoutMs?: number | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly chunk?: ChunkLimits | undefined;
  readonly tools?: RetryTools | undefined;
}

/** The same answers from every version and profile: 64-bit integers are decoded in rows.ts. */
const READ: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 1,
  output_format_json_quote_decimals: 0,
};

/**
 * One insert is one acknowledged write, and a row that does not fit the table is refused instead of bent. Repeats within
 * an insert are merged when parts are, like those of two inserts: to look for them at once is a third of its cost.
 */
const WRITE: ClickHouseSettings = {
  async_insert: 0,
  optimize_on_insert: 0,
  date_time_input_format: "best_effort",
  input_format_null_as_default: 0,
  input_format_skip_unknown_fields: 0,
  max_partitions_per_insert_block: "0",
};

/** Fewer rows are sooner sent as text than their columns are looked up. */
const FEW_ROWS = 64;
const COLUMNS = "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {table:String}";

/**
 * Opens the store: a ClickHouse server with `url`, chDB in this process with `path`.
 * Closing it ends the connection; it must not be used afterwards.
 * @throws StoreError when the server does not answer within `openTimeoutMs` or the directory is held by another
 *   process; TypeError when the options make no sense
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const limits = { openMs: options.openTimeoutMs ?? 10_000, requestMs: options.requestTimeoutMs ?? 300_000 };
  const { use, close, name } = await connect(options, limits, READ);
  const policy = options.retry ?? RETRY_DEFAULTS;
  const tools = options.tools ?? REAL_TOOLS;
  const chunk = options.chunk ?? CHUNK_LIMITS;

  const attempt = async <T>(doing: string, work: () => Promise<T>, table?: string): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw storeError(`${name}: ${doing} failed`, error, table);
    }
  };

  const query = async <Row>(sql: string, params: Params = {}): Promise<Row[]> => {
    const query_params = toParams(params);
    const ask = async ({ client, reading }: Lent) => {
      const answer = await client.query({
        query: sql,
        query_params,
        clickhouse_settings: reading,
        format: "JSONCompactEachRowWithNamesAndTypes",
      });
      return decodeRows<Row>(await answer.text());
    };
    return retrying(() => attempt("query", () => use(ask)), policy, tools);
  };
  const columnsOf = (table: string) => query<Column>(COLUMNS, { table });
  const coders = createCoders(columnsOf);
  const sheets = createSheets(columnsOf, chunk);

  const sending = (table: string) => {
    if (!/^[A-Za-z_]\w*$/.test(table))
      throw new TypeError(`insert: expected a table name, got ${JSON.stringify(table)}`);
    return (format: RowFormat, bytes: readonly Buffer[]) => {
      const write = () => use((lent) => lent.insert(table, format, bytes, WRITE));
      return retrying(() => attempt(`insert into ${table}`, write, table), policy, tools);
    };
  };
  type Send = ReturnType<typeof sending>;
  const sendText = async (send: Send, rows: readonly object[]) => {
    for (const text of chunksOf(rows, chunk)) await send("JSONEachRow", [Buffer.from(text)]);
  };

  return {
    query,

    insert: async (table, rows) => {
      const send = sending(table);
      const coder = rows.length < FEW_ROWS ? undefined : await coders(table, rows[0] as object);
      const binary = coder && binaryChunks(rows, coder, chunk);
      if (binary) for (const bytes of binary) await send(BINARY, bytes);
      else await sendText(send, rows);
    },

    sheets: {
      open: sheets.open,
      insert: async (table, filled) => {
        const send = sending(table);
        for (const load of sheets.loads(filled, chunk)) {
          if (load.head) await send(BINARY, [load.head, ...load.bodies]);
          else await sendText(send, load.list);
        }
        sheets.free(filled);
      },
    },

    command: async (sql, params = {}) => {
      const query_params = toParams(params);
      await attempt("command", () => use(({ client }) => client.command({ query: sql, query_params })));
    },

    ping: async () => {
      const answer = await use(({ client }) => client.ping());
      if (!answer.success) throw storeError(`${name}: ping failed`, answer.error);
    },

    close: async () => {
      await attempt("close", close);
    },
  };
}
