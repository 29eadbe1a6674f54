type Fix = (value: unknown) => unknown;

/**
 * Rows of a JSONCompactEachRowWithNamesAndTypes answer whose 64-bit integers are quoted.
 * Those become numbers as long as a number holds them exactly (|n| < 2^53) and stay decimal text beyond; so do
 * arrays of them. Inside tuples and maps, and for 128 bits and more, they stay text.
 */
export function decodeRows<Row>(text: string): Row[] {
  const rows: Row[] = [];
  let names: string[] | undefined;
  let fixes: [string, Fix][] | undefined;
  for (let from = 0; from < text.length; ) {
    const at = text.indexOf("\n", from);
    const end = at === -1 ? text.length : at;
    if (end > from) {
      const cells = JSON.parse(text.slice(from, end)) as unknown[];
      if (names === undefined) names = cells as string[];
      else if (fixes === undefined) fixes = fixesOf(names, cells as string[]);
      else rows.push(rowOf(names, fixes, cells) as Row);
    }
    from = end + 1;
  }
  return rows;
}

function rowOf(names: readonly string[], fixes: readonly [string, Fix][], cells: readonly unknown[]) {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < names.length; i++) row[names[i] as string] = cells[i];
  for (const [name, fix] of fixes) row[name] = fix(row[name]);
  return row;
}

function fixesOf(names: readonly string[], types: readonly string[]): [string, Fix][] {
  return names.flatMap((name, i) => {
    const fix = fixOf(types[i] ?? "");
    return fix ? [[name, fix] as [string, Fix]] : [];
  });
}

function fixOf(type: string): Fix | undefined {
  if (type === "Int64" || type === "UInt64") return exactNumber;
  const wrapped = /^(Nullable|LowCardinality|Array)\((.*)\)$/.exec(type);
  if (!wrapped) return undefined;
  const inner = fixOf(wrapped[2] as string);
  if (!inner || wrapped[1] !== "Array") return inner;
  return (value) => (value as unknown[]).map(inner);
}

function exactNumber(value: unknown): unknown {
  const number = Number(value);
  return value !== null && Number.isSafeInteger(number) ? number : value;
}
