import type { Store } from "../../infra/store/port.ts";
import type { Out } from "./machine.ts";

/** Collects rows by table and writes each table's in one insert. */
export function collectRows(): { readonly out: Out; write(store: Store): Promise<void> } {
  const tables = new Map<string, object[]>();
  return {
    out(table, row) {
      const rows = tables.get(table);
      if (rows) rows.push(row);
      else tables.set(table, [row]);
    },
    async write(store) {
      for (const [table, rows] of tables) await store.insert(table, rows);
    },
  };
}
