import { comparableRows } from "../../infra/store/compare.ts";
import { openStore } from "../../infra/store/open.ts";

/** Prints what a store holds, one line a row: run as a child, since a process holds one chDB directory. */
const store = await openStore({ path: process.argv[2] ?? "" });
const tables = await comparableRows(store);
await store.close();
process.stdout.write([...tables].flatMap(([table, rows]) => rows.map((row) => `${table} ${row}`)).join("\n"));
