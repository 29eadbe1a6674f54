import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { TOPICS } from "../../ingest/contracts/topics.ts";
import { TOPOLOGY } from "../../processors/topology.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
  cwd: ROOT,
  encoding: "utf8",
})
  .split("\n")
  .filter(Boolean);
const sources = files.filter((file) => file.endsWith(".ts") && !file.startsWith("test/"));
const text = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** Files of this repository that a file imports, by path from the root. */
const imports = (file: string): string[] =>
  [...text(file).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map(([, path = ""]) => join(dirname(file), path));

describe("who may import whom", () => {
  const rules: [string, RegExp, RegExp, string][] = [
    ["contracts", /^ingest\/contracts\//, /^ingest\/contracts\//, "contracts import nothing of ours"],
    ["numerics", /^forecasting\//, /^forecasting\//, "numerics import nothing of ours"],
    ["ports", /^infra\/(log|store)\/port\.ts$/, /^$/, "a port imports nothing"],
    ["demo", /^ingest\/demo\//, /^ingest\/(demo|contracts|regions)\//, "the generator knows contracts and regions"],
  ];
  test.each(rules)("%s", (_name, who, whom, why) => {
    const bad = sources
      .filter((file) => who.test(file))
      .flatMap((file) =>
        imports(file)
          .filter((other) => !whom.test(other))
          .map((other) => `${file} -> ${other}`),
      );
    expect(bad, why).toEqual([]);
  });

  test("processes meet in topics and tables, never by import", () => {
    const bad = sources.flatMap((file) => {
      const own = /^processors\/(\w+)\//.exec(file)?.[1];
      if (!own || own === "shell") return [];
      return imports(file).filter((other) => {
        const name = /^processors\/(\w+)\//.exec(other)?.[1];
        return name !== undefined && name !== own && name !== "shell";
      });
    });
    expect(bad).toEqual([]);
  });

  test("nothing imports the command line", () => {
    const bad = sources.filter(
      (file) => !file.startsWith("infra/cli/") && imports(file).some((f) => f.startsWith("infra/cli/")),
    );
    expect(bad).toEqual([]);
  });
});

describe("the map of processes", () => {
  const migrations = files.filter((file) => /^infra\/store\/migrations\/.*\.sql$/.test(file)).map(text);
  const matched = (pattern: RegExp) => [...migrations.join("\n").matchAll(pattern)].map(([, name = ""]) => name);
  const dropped = new Set(matched(/DROP TABLE (?:IF EXISTS )?(\w+)/g));
  const tables = matched(/CREATE TABLE (\w+)/g).filter((name) => !dropped.has(name));
  const known = new Set<string>([...tables, ...Object.values(TOPICS)]);

  test("names only tables and topics that exist, and every table is written by somebody", () => {
    const named = TOPOLOGY.flatMap(({ reads, writes }): string[] => [...reads, ...writes]);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
    const written = new Set(TOPOLOGY.flatMap(({ writes }): string[] => [...writes]));
    expect(tables.filter((table) => !written.has(table))).toEqual([]);
  });

  const folders = TOPOLOGY.filter(({ name }) => name !== "deliver");
  test.each(folders.map(({ name, writes }) => [name, writes] as const))(
    "%s writes what the map says",
    (name, writes) => {
      const folder = sources.filter((file) => file.startsWith(`processors/${name}/`));
      expect(folder, `expected a folder processors/${name}`).not.toEqual([]);
      const code = folder.map(text).join("\n");
      const shell = new Set(["progress", "checkpoints", "cursors", TOPICS.deadLetters]);
      const agreed: readonly string[] = writes;
      const own = tables.filter((table) => !shell.has(table));
      expect(own.filter((table) => writesTable(code, table) && !agreed.includes(table))).toEqual([]);
      expect(own.filter((table) => agreed.includes(table) && !writesTable(code, table))).toEqual([]);
    },
  );

  test("every process folder is on the map", () => {
    const names = new Set<string>([...TOPOLOGY.map(({ name }) => name), "shell"]);
    const found = new Set(
      sources.map((file) => /^processors\/(\w+)\//.exec(file)?.[1]).filter((name) => name !== undefined),
    );
    expect([...found].filter((name) => !names.has(name))).toEqual([]);
  });
});

/** Findings are said through the shell's `say`, deliveries through `owed`; the rest is written by name. */
function writesTable(code: string, table: string): boolean {
  if (table === "finding_changes") return /\bsay\(|openDue\(/.test(code);
  return new RegExp(`(?:\\bout|insert)\\(\\s*"${table}"`).test(code);
}

describe("the house is small", () => {
  test("no file is over 300 lines", () => {
    expect(sources.filter((file) => text(file).split("\n").length > 301)).toEqual([]);
  });

  test("top-level folders are the agreed ones", () => {
    const folders = new Set(files.filter((file) => file.includes("/")).map((file) => file.split("/")[0]));
    expect([...folders].sort()).toEqual([".ci", "dashboards", "forecasting", "infra", "ingest", "processors", "test"]);
  });
});

test("the lock file has the binaries of every platform: npm ci must work wherever Node runs", () => {
  const { packages } = JSON.parse(text("package-lock.json")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string> }>;
  };
  const missing = Object.entries(packages).flatMap(([where, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`${where}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});

test("the repository names no machine and no registry", () => {
  const words = [/\/work\//, /registry\.npmjs/, /\/root\//];
  const bad = files
    .filter((file) => !file.endsWith(".lock") && file !== relative(ROOT, fileURLToPath(import.meta.url)))
    .filter((file) => /\.(ts|js|json|md|yml|yaml|sql)$/.test(file))
    .filter((file) => words.some((word) => word.test(text(file))));
  expect(bad).toEqual([]);
});
