import type { Store } from "./port.ts";

/** What a table or view is, as text by aspect: "column value" -> "Nullable(Decimal(18, 2))". */
type Shape = Readonly<Record<string, string>>;

export interface Snapshot {
  /** Version of ClickHouse: how it prints expressions may differ in another. */
  readonly engineVersion: string;
  readonly objects: Readonly<Record<string, Shape>>;
}

/** The shapes of those of `names` that exist in the current database. */
export async function takeSnapshot(store: Store, names: readonly string[]): Promise<Snapshot> {
  const [server] = await store.query<{ version: string }>("SELECT version() AS version");
  const tables = await store.query<{ name: string; engine: string; full: string; select: string }>(
    `SELECT name, engine, engine_full AS full, as_select AS select FROM system.tables
     WHERE database = currentDatabase() AND name IN {names:Array(String)}`,
    { names },
  );
  const columns = await store.query<{ table: string; name: string; type: string; kind: string; expression: string }>(
    `SELECT table, name, type, default_kind AS kind, default_expression AS expression FROM system.columns
     WHERE database = currentDatabase() AND table IN {names:Array(String)}`,
    { names },
  );
  const objects: Record<string, Record<string, string>> = {};
  for (const { name, engine, full, select } of tables) {
    objects[name] = {
      engine,
      ...(full && { [`${PRINTED}engine`]: full }),
      ...(select && { [`${PRINTED}query`]: select }),
    };
  }
  for (const { table, name, type, kind, expression } of columns) {
    const shape = objects[table];
    if (!shape) continue;
    shape[`column ${name}`] = type;
    if (kind) shape[`${PRINTED}default of ${name}`] = `${kind} ${expression}`;
  }
  return { engineVersion: server?.version ?? "", objects };
}

/** Aspects that are expressions printed by the engine; compared only when the same version printed both. */
const PRINTED = "printed ";

/** Differences in words, one a line; none when `found` is what was `recorded`. */
export function differences(recorded: Snapshot, found: Snapshot): string[] {
  const exact = recorded.engineVersion === found.engineVersion;
  return Object.entries(recorded.objects).flatMap(([name, expected]) => {
    const got = found.objects[name];
    if (!got) return [`${name}: expected it to exist, got nothing`];
    return [...new Set([...Object.keys(expected), ...Object.keys(got)])]
      .filter((aspect) => (exact || !aspect.startsWith(PRINTED)) && expected[aspect] !== got[aspect])
      .map((aspect) => {
        const what = aspect.startsWith(PRINTED) ? aspect.slice(PRINTED.length) : aspect;
        return `${name}: ${what}: expected ${expected[aspect] ?? "none"}, got ${got[aspect] ?? "none"}`;
      });
  });
}
