import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Column } from "../store/binary.ts";
import { migrate } from "../store/migrate.ts";
import { openStore } from "../store/open.ts";
import { startChild } from "./child.ts";

/** Events a second of a file through everything, embedded, in a process of its own: as a user would. */
export async function replayed(file: string): Promise<number> {
  const cli = fileURLToPath(new URL("../cli/tocsin.js", import.meta.url));
  const child = spawn(process.execPath, [cli, "replay", file, "--json"], { stdio: ["ignore", "pipe", "ignore"] });
  let text = "";
  child.stdout.on("data", (piece: Buffer) => {
    text += piece.toString("utf8");
  });
  await new Promise((closed) => child.once("close", closed));
  return (JSON.parse(text) as { eventsPerSecond: number }).eventsPerSecond;
}

/** The columns that order events go into. */
export async function columnsOf(url: string, database: string): Promise<Column[]> {
  const store = await openStore({ url, database });
  await migrate(store, { log: { info: () => {} } });
  const columns = await store.query<Column>(
    "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = 'order_events'",
  );
  await store.close();
  return columns;
}

/** Events a second of instances side by side, each with its share of the partitions in memory. */
export async function fold(
  columns: readonly Column[],
  events: number,
  of: number,
  shares: readonly (readonly number[])[],
): Promise<number> {
  const children = shares.map((partitions) =>
    startChild("fold.ts", [JSON.stringify({ columns, partitions, of, events })]),
  );
  for (const child of children) await child.line();
  for (const { process } of children) process.stdin?.write("go\n");
  const results = await Promise.all(
    children.map(async (child) => JSON.parse(await child.line()) as { events: number; seconds: number }),
  );
  return results.reduce((sum, { events: done }) => sum + done, 0) / Math.max(...results.map(({ seconds }) => seconds));
}
