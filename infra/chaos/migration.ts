import { join } from "node:path";
import { type Random, whole } from "../../ingest/demo/random.ts";
import { MIGRATIONS, readMigrations } from "../store/migrations.ts";
import { openStore } from "../store/open.ts";
import { run } from "./child.ts";
import { openGate } from "./gate.ts";
import type { World } from "./world.ts";

const PATIENCE_MS = 60_000;

/**
 * Migrates a new database, kills that in the middle, migrates again, and holds the tables against those of a database
 * that was migrated without trouble.
 */
export async function killInMigration(world: World, r: Random): Promise<void> {
  const database = `trial_${whole(r, 0, 1e9)}`;
  const gate = await openGate(() => world.server.url);
  try {
    const env = { CLICKHOUSE_URL: gate.url, CLICKHOUSE_DATABASE: database, TOCSIN_LOG_LEVEL: "warn" };
    const migrate = () => run(["infra/cli/tocsin.js", "migrate"], env, join(world.dir, "migrate.log"));
    const migrations = await readMigrations(MIGRATIONS);
    // Each statement is noted when it begins and when it is done.
    const notes = migrations.reduce((sum, { statements }) => sum + 2 * statements.length, 0);
    let pass = whole(r, 0, notes - 2);
    const note = gate.catch(
      ({ insert }) => insert === "schema_migrations" && pass-- <= 0,
      r() < 0.5 ? "before" : "after",
      PATIENCE_MS,
    );
    const first = migrate();
    if (!(await note)) world.say("  the migration was over before it could be killed");
    await first.kill("SIGKILL");
    const end = await migrate().ended;
    if (end !== 0) world.problems.push(`a migration after one that was killed: expected exit code 0, got ${end}`);
    const whats = await shapes(world, database);
    const others = await shapes(world, "default");
    if (others.size > 0 && end === 0) {
      for (const shape of [...others].filter((one) => !whats.has(one))) {
        world.problems.push(`a migration after one that was killed: expected ${shape}, which is missing`);
      }
    }
    await world.store.command(`DROP DATABASE IF EXISTS ${database}`);
  } finally {
    await gate.close();
  }
}

async function shapes(world: World, database: string): Promise<Set<string>> {
  const store = await openStore({ url: world.server.url, database });
  try {
    const rows = await store.query<{ shape: string }>(
      `SELECT concat(table, '.', name, ' ', type) AS shape FROM system.columns WHERE database = currentDatabase()`,
    );
    return new Set(rows.map(({ shape }) => shape));
  } finally {
    await store.close();
  }
}
