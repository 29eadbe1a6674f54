/** Region codes in a summary or its lists: fields called `region`, and the values of incidents by region. */
export function regionCodes(data: unknown): string[] {
  const found = new Set<string>();
  walk(data, found);
  return [...found];
}

function walk(node: unknown, found: Set<string>): void {
  if (Array.isArray(node)) for (const item of node) walk(item, found);
  else if (typeof node === "object" && node !== null) {
    const fields = node as Readonly<Record<string, unknown>>;
    if (typeof fields.region === "string" && fields.region !== "") found.add(fields.region);
    if (fields.dimension === "region" && typeof fields.value === "string") found.add(fields.value);
    for (const item of Object.values(fields)) walk(item, found);
  }
}
