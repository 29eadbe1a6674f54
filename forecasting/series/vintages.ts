import { columnIndex, parseTime, type Table } from "./read-csv.ts";

/** The column that says when a row was issued, under any of these names; -1 when a table has none. */
export function issuedColumn(table: Table): number {
  return table.columns.findIndex((name) => /^issued(_?at)?$/i.test(name));
}

/**
 * The rows of a table as somebody knew them at a moment: of each series and moment the last issue up to then, of equal
 * issues the later row. A table without issue times was always known.
 * @param at  ms; Infinity for the last word
 * @throws Error naming the row for an issue time that is none
 */
export function asIssued(table: Table, time: string, group: string | undefined, at: number): Table {
  const issuedAt = issuedColumn(table);
  if (issuedAt < 0) return table;
  const timeAt = columnIndex(table, time);
  const groupAt = group === undefined ? -1 : table.columns.indexOf(group);
  const last = new Map<string, { readonly issued: number; readonly row: string[] }>();
  table.rows.forEach((row, r) => {
    const issued = parseTime(row[issuedAt] ?? "");
    if (Number.isNaN(issued)) {
      throw new Error(`${table.file} row ${r + 2}: issued: expected an ISO date, got "${row[issuedAt]}"`);
    }
    if (issued > at) return;
    const key = `${row[timeAt]}\n${groupAt < 0 ? "" : row[groupAt]}`;
    if ((last.get(key)?.issued ?? Number.NEGATIVE_INFINITY) <= issued) last.set(key, { issued, row });
  });
  const without = (cells: readonly string[]) => cells.filter((_, c) => c !== issuedAt);
  return {
    file: table.file,
    columns: without(table.columns),
    rows: [...last.values()].map(({ row }) => without(row)),
  };
}
