import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { REJECT_REASONS } from "../../../ingest/contracts/outcome.ts";
import { readSettings } from "../../config/settings.ts";
import { openStoreOf } from "../../session.ts";
import { checkSchema } from "../../store/migrate.ts";
import { print, printJson } from "../output.ts";

interface Options {
  readonly data?: string;
  readonly config?: string;
  readonly reason?: string;
  readonly limit: number;
  readonly json?: boolean;
}

interface Letter {
  readonly letterId: string;
  readonly stream: string;
  readonly source: string;
  readonly position: number;
  readonly reason: string;
  readonly detail: string;
  readonly bytes: string;
  readonly receivedAt: string;
}

export function registerDeadLetters(program: Command): void {
  const command = program.command("dead-letters");
  command
    .command("list")
    .description("how many by reason, and the latest")
    .option("--data <dir>", "directory of the embedded store")
    .option("--config <file>", "settings (YAML)")
    .addOption(new Option("--reason <reason>", "only these").choices(REJECT_REASONS))
    .option(
      "--limit <n>",
      "how many to show",
      (text) => {
        const n = Number(text);
        if (!Number.isInteger(n) || n < 1 || n > 100_000) throw new InvalidArgumentError("expected 1 to 100000");
        return n;
      },
      20,
    )
    .option("--json", "one JSON document on standard output")
    .action(list);
}

/** Opening a store makes one: who only looks must not leave an empty one behind. */
function expectStore(dir: string): void {
  if (existsSync(join(dir, "store", "metadata"))) return;
  throw new Error(`${dir}: expected the data directory of a Tocsin, found no store in it`);
}

async function list(options: Options): Promise<void> {
  const settings = readSettings(options.config, {
    ...process.env,
    ...(options.data !== undefined && { TOCSIN_DIR: options.data }),
  });
  if (settings.clickhouse.url === undefined) expectStore(settings.dir);
  const store = await openStoreOf(settings);
  try {
    await checkSchema(store);
    const where = { reason: options.reason ?? "" };
    const reasons = await store.query<{ reason: string; stream: string; total: number }>(
      `SELECT reason, stream, toUInt32(uniqExact(letter_id)) AS total FROM dead_letters
       WHERE {reason:String} IN ('', reason) GROUP BY reason, stream ORDER BY total DESC, reason, stream`,
      where,
    );
    const letters = await store.query<Letter>(
      `SELECT letter_id AS letterId, stream, source, toFloat64(position) AS position, reason, detail, bytes,
         received_at AS receivedAt
       FROM dead_letters FINAL WHERE {reason:String} IN ('', reason)
       ORDER BY received_at DESC, source, position LIMIT {limit:UInt32}`,
      { ...where, limit: options.limit },
    );
    const total = reasons.reduce((sum, row) => sum + row.total, 0);
    if (options.json) {
      printJson({ total, reasons, letters });
      return;
    }
    print(`${total} dead letters`);
    for (const { reason, stream, total: n } of reasons) print(`  ${String(n).padStart(8)}  ${reason} (${stream})`);
    for (const letter of letters) {
      const text = Buffer.from(letter.bytes, "base64")
        .toString("utf8")
        .replace(/\p{Cc}/gu, " ")
        .slice(0, 160);
      print(`\n${letter.source}:${letter.position}  ${letter.reason}: ${letter.detail}\n  ${text}`);
    }
  } finally {
    await store.close();
  }
}
