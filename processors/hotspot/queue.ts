/** Rows that wait for the hour in which they became known to be over. */
export interface Queue<Row> {
  set(rows: readonly Row[]): void;
  /** The earliest hour of a row that waits; Infinity when none does. */
  next(): number;
  /** Takes out the rows of the earliest hour, if it is `hour`. */
  take(hour: number): Row[];
  rest(): readonly Row[];
}

export function queue<Row extends { readonly known: number }>(): Queue<Row> {
  let rows: readonly Row[] = [];
  let at = 0;
  return {
    set(fresh) {
      rows = [...fresh].sort((a, b) => a.known - b.known);
      at = 0;
    },
    next: () => rows[at]?.known ?? Number.POSITIVE_INFINITY,
    take(hour) {
      const from = at;
      while (rows[at]?.known === hour) at++;
      return rows.slice(from, at);
    },
    rest: () => rows.slice(at),
  };
}
