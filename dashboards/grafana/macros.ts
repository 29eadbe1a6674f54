/** What a board would have chosen when its SQL is run. */
export type Choice = {
  readonly from: Date;
  readonly to: Date;
  readonly intervalSeconds: number;
  /** Values of each variable; [] means "All". */
  readonly variables: Readonly<Record<string, readonly string[]>>;
};

const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;

/**
 * SQL as the ClickHouse plugin sends it: variables put in, macros expanded.
 * @throws RangeError for a macro or variable that does not exist
 */
export function expand(sql: string, choice: Choice): string {
  const withoutAll = replaceCalls(sql, "$__conditionalAll", (args) => {
    const cut = args.lastIndexOf(",");
    const name = args
      .slice(cut + 1)
      .trim()
      .slice(1);
    return valuesOf(name, choice).length === 0 ? "1=1" : args.slice(0, cut);
  });
  const ms = (date: Date) => `fromUnixTimestamp64Milli(${date.getTime()})`;
  const s = (date: Date) => `toDateTime(${Math.floor(date.getTime() / 1000)})`;
  const { from, to, intervalSeconds } = choice;
  const calls: [name: string, make: (column: string) => string][] = [
    ["$__timeFilter_ms", (column) => `${column} >= ${ms(from)} AND ${column} <= ${ms(to)}`],
    ["$__timeFilter", (column) => `${column} >= ${s(from)} AND ${column} <= ${s(to)}`],
    ["$__timeInterval", (column) => `toStartOfInterval(toDateTime(${column}), INTERVAL ${intervalSeconds} second)`],
  ];
  const expanded = calls
    .reduce((text, [name, make]) => replaceCalls(text, name, make), withoutAll)
    .replaceAll("$__fromTime", s(from))
    .replaceAll("$__toTime", s(to))
    .replaceAll("$__interval_s", String(intervalSeconds))
    .replace(/\$\{(\w+):singlequote\}/g, (_, name: string) => valuesOf(name, choice).map(quote).join(","));
  const left = /\$\{?\w+[^\s,)]*/.exec(expanded);
  if (left !== null) throw new RangeError(`expected a known macro or variable, got ${left[0]}`);
  return expanded;
}

function valuesOf(name: string, choice: Choice): readonly string[] {
  const values = choice.variables[name];
  if (values === undefined)
    throw new RangeError(`expected one of the variables ${Object.keys(choice.variables).join(", ")}, got $${name}`);
  return values;
}

/** Replaces `name(args)`; the parentheses of the arguments may nest. */
function replaceCalls(sql: string, name: string, make: (args: string) => string): string {
  let out = "";
  let rest = sql;
  for (let at = rest.indexOf(`${name}(`); at !== -1; at = rest.indexOf(`${name}(`)) {
    const open = at + name.length;
    let depth = 0;
    let end = open;
    do {
      if (rest[end] === "(") depth++;
      else if (rest[end] === ")") depth--;
      end++;
    } while (depth > 0 && end < rest.length);
    if (depth > 0) throw new RangeError(`expected a closing parenthesis after ${name}(`);
    out += rest.slice(0, at) + make(rest.slice(open + 1, end - 1));
    rest = rest.slice(end);
  }
  return out + rest;
}
