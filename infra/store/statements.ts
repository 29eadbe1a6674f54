/** One statement of a file: as written, and without its comments. */
export interface Statement {
  readonly text: string;
  readonly bare: string;
}

/**
 * Cuts SQL into statements at the semicolons that stand outside of strings, quoted names, heredocs and comments.
 * @throws SyntaxError for something opened and never closed
 */
export function statementsOf(sql: string): Statement[] {
  const statements: Statement[] = [];
  let text = "";
  let bare = "";
  const finish = () => {
    if (bare.trim() !== "") statements.push({ text: text.trim(), bare: bare.trim() });
    text = "";
    bare = "";
  };
  for (let at = 0; at < sql.length; ) {
    if (sql[at] === ";") {
      finish();
      at++;
      continue;
    }
    const { end, comment } = tokenAt(sql, at);
    const token = sql.slice(at, end);
    text += token;
    bare += comment ? " " : token;
    at = end;
  }
  finish();
  return statements;
}

function tokenAt(sql: string, at: number): { end: number; comment: boolean } {
  const char = sql[at];
  if (char === "'" || char === '"' || char === "`") return { end: endOfQuoted(sql, at, char), comment: false };
  if (sql.startsWith("--", at) || sql.startsWith("#!", at) || sql.startsWith("# ", at)) {
    const end = sql.indexOf("\n", at);
    return { end: end === -1 ? sql.length : end, comment: true };
  }
  if (sql.startsWith("/*", at)) return { end: after(sql, "*/", at + 2, "comment /*"), comment: true };
  if (char === "$") {
    const tag = /^\$\w*\$/.exec(sql.slice(at, at + 64))?.[0];
    if (tag) return { end: after(sql, tag, at + tag.length, `heredoc ${tag}`), comment: false };
  }
  NEXT_SPECIAL.lastIndex = at + 1;
  return { end: NEXT_SPECIAL.exec(sql)?.index ?? sql.length, comment: false };
}

/** Everything up to the next of these is plain text. */
const NEXT_SPECIAL = /[;'"`$#/-]/g;

/** A quote inside is doubled or follows a backslash; a doubled one reads as two strings, which ends the same. */
function endOfQuoted(sql: string, start: number, quote: string): number {
  for (let at = start + 1; at < sql.length; at++) {
    if (sql[at] === "\\") at++;
    else if (sql[at] === quote) return at + 1;
  }
  throw unclosed(sql, start, `quote ${quote}`);
}

function after(sql: string, closing: string, from: number, what: string): number {
  const at = sql.indexOf(closing, from);
  if (at === -1) throw unclosed(sql, from, what);
  return at + closing.length;
}

function unclosed(sql: string, at: number, what: string): SyntaxError {
  return new SyntaxError(`line ${sql.slice(0, at).split("\n").length}: ${what} is never closed`);
}

/** The table or view a statement creates, if it creates one. */
export function createdBy(statement: Statement): string | undefined {
  const create =
    /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:TABLE|(?:MATERIALIZED\s+)?VIEW|DICTIONARY)\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:`([^`]+)`|(\w+))/i;
  const match = create.exec(statement.bare);
  return match?.[1] ?? match?.[2];
}
