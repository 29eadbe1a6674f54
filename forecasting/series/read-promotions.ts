import type { Promotion } from "../spikes/promotion.ts";
import type { Panel } from "./panel.ts";
import { columnIndex, parseTime, readTable } from "./read-csv.ts";
import { issuedColumn } from "./vintages.ts";

/** A promotion calendar: columns name, from, to (ISO, inclusive) and optional depth, uplift and issued. @throws Error by row */
export function readPromotions(file: string, panel: Panel): Promotion[] {
  const table = readTable(file);
  const [name, from, to] = ["name", "from", "to"].map((column) => columnIndex(table, column)) as [
    number,
    number,
    number,
  ];
  const optional = (column: string, row: string[], r: number): number | undefined => {
    const text = row[table.columns.indexOf(column)] ?? "";
    if (text === "") return undefined;
    const value = Number(text);
    if (!(value > 0)) throw new Error(`${file} row ${r + 2}: ${column}: expected a number above 0, got "${text}"`);
    return value;
  };
  const issuedAt = issuedColumn(table);
  return table.rows.map((row, r) => {
    const [a, b] = [row[from] ?? "", row[to] ?? ""].map(parseTime) as [number, number];
    if (!(a <= b))
      throw new Error(`${file} row ${r + 2}: expected ISO dates from <= to, got "${row[from]}" and "${row[to]}"`);
    const depth = optional("depth", row, r);
    const uplift = optional("uplift", row, r);
    const said = row[issuedAt] ?? "";
    const issued = said === "" ? undefined : parseTime(said);
    if (Number.isNaN(issued)) throw new Error(`${file} row ${r + 2}: issued: expected an ISO date, got "${said}"`);
    const index = (time: number) => Math.floor((time - panel.start) / panel.step);
    return {
      name: row[name] ?? "",
      from: index(a),
      to: index(b),
      ...(issued === undefined ? {} : { issued }),
      ...(depth === undefined ? {} : { depth }),
      ...(uplift === undefined ? {} : { uplift }),
    };
  });
}
