import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { complaintEvent } from "./complaint.ts";
import { contextEvent } from "./context.ts";
import { deadLetter } from "./dead-letter.ts";
import { orderEvent } from "./order.ts";
import { actionMessage, pageMessage } from "./out.ts";

/** The contracts by the names of their files. */
const CONTRACTS = {
  "order-event": orderEvent,
  "complaint-event": complaintEvent,
  "context-event": contextEvent,
  "action-message": actionMessage,
  "page-message": pageMessage,
  "dead-letter": deadLetter,
} as const;

/** JSON Schema (draft 2020-12) of what may be sent, by file name, for those who speak to Tocsin in other languages. */
export const schemaFiles = (): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(CONTRACTS).map(([name, contract]) => {
      const schema = z.toJSONSchema(contract, { io: "input", target: "draft-2020-12" });
      return [`${name}.schema.json`, `${JSON.stringify(schema, null, 2)}\n`];
    }),
  );

export const SCHEMA_DIR = new URL("./schemas/", import.meta.url);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [name, text] of schemaFiles()) await writeFile(new URL(name, SCHEMA_DIR), text);
}
