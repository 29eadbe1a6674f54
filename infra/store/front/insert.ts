import { type Statement, statementsOf } from "../statements.ts";

/** An INSERT whose rows follow in a format, taken apart. */
export interface InsertHead {
  readonly table: string;
  readonly columns: readonly string[] | undefined;
  readonly format: string;
  readonly settings: boolean;
}

const HEAD =
  /^INSERT\s+INTO\s+(?:TABLE\s+)?(?<table>[\w.`"]+)\s*(?:\((?<columns>[\w\s,`"]*)\))?\s*(?<settings>SETTINGS\s.+?)?\s*FORMAT\s+(?<format>\w+)$/is;

export function insertHead(statement: Statement): InsertHead | undefined {
  const groups = HEAD.exec(statement.bare)?.groups;
  if (!groups?.table || !groups.format) return undefined;
  const columns = groups.columns?.split(",").map(unquoted);
  return {
    table: groups.table.split(".").map(unquoted).join("."),
    columns: columns && columns.length > 0 && columns[0] !== "" ? columns : undefined,
    format: groups.format,
    settings: groups.settings !== undefined,
  };
}

function unquoted(name: string): string {
  return name.trim().replace(/^[`"](.*)[`"]$/s, "$1");
}

export function isInsert(sql: string): boolean {
  return /^\s*INSERT\b/i.test(leading(sql));
}

/** Format an answer is in: of the FORMAT clause that ends the statement, or the default. */
export function formatOf(statement: Statement | undefined, standard: string): string {
  return /\bFORMAT\s+(\w+)\s*(?:SETTINGS\s[^']*)?$/i.exec(statement?.bare ?? "")?.[1] ?? standard;
}

/** The first statement without comments, from the beginning of the text only. */
function leading(sql: string): string {
  try {
    return statementsOf(sql.slice(0, 10_000))[0]?.bare ?? "";
  } catch {
    return sql.trimStart();
  }
}
