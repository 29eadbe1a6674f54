import { type Command, InvalidArgumentError } from "commander";
import type { Store } from "../infra/store/port.ts";
import { buildBoards } from "./grafana/build.ts";
import { checkBoards } from "./grafana/check.ts";
import { PLACES, type Places } from "./grafana/provisioning.ts";

type Output = { readonly out: (text: string) => void };

/**
 * Adds `dashboards build` and `dashboards check`.
 * @param openStoreForCheck  a migrated store to run the boards' SQL on; closed afterwards
 */
export function registerDashboards(
  program: Command,
  openStoreForCheck: () => Promise<Store>,
  { out }: Output = { out: (text) => process.stdout.write(`${text}\n`) },
): void {
  const dashboards = program.command("dashboards").description("Grafana boards and alert rules as files");

  const build = dashboards
    .command("build")
    .description("write boards, data source, alert rules, contact points and policies")
    .option("--out <dir>", "output folder", "grafana")
    .option("--json", "print one JSON document");
  for (const [name, [flag, text]] of Object.entries(PLACE_OPTIONS) as [keyof Places, [string, string]][]) {
    const fallback = PLACES[name];
    if (typeof fallback === "number") build.option(`--${flag} <port>`, text, port, fallback);
    else build.option(`--${flag} <text>`, text, name.endsWith("Url") ? url : nonEmpty, fallback);
  }
  build.action(async (options: Places & { out: string; json?: boolean }) => {
    const written = await buildBoards(options.out, options);
    if (options.json) out(JSON.stringify({ out: options.out, written }));
    else for (const file of written) out(`${options.out}/${file}`);
  });

  dashboards
    .command("check")
    .description("check their shape, and run every SQL in them")
    .option("--json", "print one JSON document")
    .action(async (options: { json?: boolean }) => {
      const store = await openStoreForCheck();
      try {
        const faults = await checkBoards(store);
        if (options.json) out(JSON.stringify({ ok: faults.length === 0, faults }));
        else if (faults.length === 0) out("ok: boards, rules and every SQL in them");
        else for (const f of faults) out(`${f.file}: ${f.where}: expected ${f.expected}, got ${f.got}`);
        if (faults.length > 0) process.exitCode = 1;
      } finally {
        await store.close();
      }
    });
}

const PLACE_OPTIONS: Readonly<Record<keyof Places, readonly [flag: string, text: string]>> = {
  clickhouseHost: ["clickhouse-host", "ClickHouse as Grafana reaches it"],
  clickhousePort: ["clickhouse-port", "its HTTP port"],
  clickhouseDatabase: ["clickhouse-database", "its database"],
  clickhouseUser: ["clickhouse-user", "a read-only user; the password is Grafana's $CLICKHOUSE_PASSWORD"],
  alertUrl: ["alert-url", "webhook for critical alerts"],
  teamUrl: ["team-url", "webhook for warnings and for failed queries"],
  deadManUrl: ["dead-man-url", "webhook that expects the watchdog every few minutes"],
  runbookUrl: ["runbook-url", "page with a section per rule"],
  boardsPath: ["boards-path", "folder of the board files as Grafana sees it"],
};

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 65_535) return value;
  throw new InvalidArgumentError(`expected a port from 1 to 65535, got ${text}`);
}

function url(text: string): string {
  if (URL.canParse(text) && !text.includes("$")) return text;
  throw new InvalidArgumentError(`expected a URL without $, got ${text}`);
}

function nonEmpty(text: string): string {
  if (text.trim() !== "") return text;
  throw new InvalidArgumentError("expected a text, got an empty one");
}
