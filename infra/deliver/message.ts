/**
 * A row of the ledger or of `page_changes` as it goes out, to topics and sinks alike: names in camel case, times
 * (ms) as ISO 8601, a body as the object it is.
 */
export function messageOf(row: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [camelCase(column), outside(column, value)]));
}

const camelCase = (column: string): string => column.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

function outside(column: string, value: unknown): unknown {
  if (typeof value === "number" && /(^|_)at$/.test(column)) return new Date(value).toISOString();
  return column === "body" && typeof value === "string" ? JSON.parse(value) : value;
}
