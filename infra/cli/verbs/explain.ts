import type { Command } from "commander";
import { readSettings } from "../../config/settings.ts";
import { explainIncident, listSaid, type Told } from "../../explain/read.ts";
import { tellIncident, tellList } from "../../explain/tell.ts";
import { openStoreOf } from "../../session.ts";
import { checkSchema } from "../../store/migrate.ts";
import type { Store } from "../../store/port.ts";
import { print, printJson } from "../output.ts";

interface Options {
  readonly data?: string;
  readonly config?: string;
  readonly json?: boolean;
}

export function registerExplain(program: Command): void {
  program
    .command("explain")
    .argument("[id]", "an incident, or the beginning of its id; left out, all that was said is listed")
    .option("--data <dir>", "a data directory of replay, demo or up")
    .option("--config <file>", "settings (YAML); names ClickHouse where it is used")
    .option("--json", "one JSON document on standard output")
    .addHelpText(
      "after",
      `
Says why an incident fired: what was seen and expected, what that rests on, what drove it, under which policy,
and what would have kept it silent.

  tocsin replay events.ndjson.gz --data d      keep what was said
  tocsin explain --data d                      the incidents, with their ids
  tocsin explain nOa_f7J --data d              one of them
  tocsin replay --policy new.yaml --against d events.ndjson.gz
                                               would it have fired under another policy?`,
    )
    .action(run);
}

async function run(id: string | undefined, options: Options): Promise<void> {
  const given = options.data === undefined ? {} : { TOCSIN_DIR: options.data };
  const store = await openStoreOf(readSettings(options.config, { ...process.env, ...given }));
  try {
    await checkSchema(store);
    if (id === undefined) await list(store, options);
    else await one(store, id, options);
  } finally {
    await store.close();
  }
}

async function list(store: Store, { json }: Options): Promise<void> {
  const said: Told = await listSaid(store);
  if (json) printJson(said);
  else print(tellList(said));
}

async function one(store: Store, id: string, { json }: Options): Promise<void> {
  const explained = await explainIncident(store, id);
  if (json) printJson(explained);
  else print(tellIncident(explained));
}
