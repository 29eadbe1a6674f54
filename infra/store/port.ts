/** What Tocsin asks of ClickHouse, whether it runs as a server or in this process. */
export interface Store {
  /** Rows of a SELECT. Times come back as text unless the query turns them into numbers (`toUnixTimestamp64Milli`). */
  query<Row>(sql: string, params?: Params): Promise<Row[]>;
  /**
   * Writes rows into a table that merges repeats: a retry or a replay of the same rows changes nothing.
   * DateTime64 values are whole milliseconds. Transient failures are retried with bounded backoff.
   */
  insert(table: string, rows: readonly object[]): Promise<void>;
  /** The same for many rows, which are encoded as they come; a store without it is given them by `insert`. */
  readonly sheets?: SheetStore;
  command(sql: string, params?: Params): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Rows of one table on their way into it. */
export interface Sheet {
  readonly rows: number;
  /** Takes the row as it is now; nobody keeps it. */
  add(row: object): void;
}

export interface SheetStore {
  open(table: string): Sheet;
  /** Writes the rows of sheets of this table, in their order, and takes the sheets' memory: they are used up. */
  insert(table: string, sheets: readonly Sheet[]): Promise<void>;
}

export type Params = Readonly<Record<string, unknown>>;
