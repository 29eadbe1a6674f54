/** What Tocsin asks of ClickHouse, whether it runs as a server or in this process. */
export interface Store {
  /** Rows of a SELECT. Times come back as text unless the query turns them into numbers (`toUnixTimestamp64Milli`). */
  query<Row>(sql: string, params?: Params): Promise<Row[]>;
  /**
   * Writes rows into a table that merges repeats: a retry or a replay of the same rows changes nothing.
   * DateTime64 values are whole milliseconds. Transient failures are retried with bounded backoff.
   */
  insert(table: string, rows: readonly object[]): Promise<void>;
  command(sql: string, params?: Params): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export type Params = Readonly<Record<string, unknown>>;
