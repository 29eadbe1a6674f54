// Migrates a directory and dies by SIGKILL at a given statement: node migrate-child.ts PATH DATABASE MIGRATIONS before|after N
import { migrate } from "../../infra/store/migrate.ts";
import { openStore } from "../../infra/store/open.ts";
import type { Store } from "../../infra/store/port.ts";

const [path = "", database = "", directory = "", moment = "", at = ""] = process.argv.slice(2);
const store = await openStore({ path, database });
let seen = 0;

/** Counts the statements of migrations; those of the journal itself are not among them. */
const dying: Store = {
  ...store,
  command: async (sql, params) => {
    const counts = !sql.includes("IF NOT EXISTS");
    const here = counts && seen === Number(at);
    if (counts) seen++;
    if (here && moment === "before") process.kill(process.pid, "SIGKILL");
    await store.command(sql, params);
    if (here && moment === "after") process.kill(process.pid, "SIGKILL");
  },
};

await migrate(dying, { log: { info: () => {} }, directory });
process.stdout.write("arrived\n");
