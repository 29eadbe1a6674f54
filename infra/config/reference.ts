import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { policySchema } from "./policy.ts";
import { settingsSchema } from "./settings.ts";

export const REFERENCE_FILE = fileURLToPath(new URL("./README.md", import.meta.url));

/** The configuration reference, made from the schemas themselves: it cannot say anything else than they do. */
export function reference(): string {
  return [
    "# Configuration",
    "",
    "Made by `npm run docs` from the schemas of the settings and of the policies; do not edit.",
    "",
    "## Settings",
    "",
    "Where things are: a YAML file (`tocsin up --config FILE`), and over it the environment.",
    "",
    "| in the file | in the environment | default | meaning |",
    "| --- | --- | --- | --- |",
    ...leaves(settingsSchema).map(({ path, node }) =>
      row([`\`${path}\``, `\`${node.env}\``, code(node.default), node.description ?? ""]),
    ),
    "",
    "## Policy",
    "",
    "What the business decided: the YAML file that `policy` names. Lengths of time are written `90s`, `10m`, `48h`, `7d`.",
    "Everything that is decided carries the version of the policy that decided it.",
    "",
    "| in the file | default | meaning |",
    "| --- | --- | --- |",
    ...leaves(policySchema).map(({ path, node }) => row([`\`${path}\``, code(node.default), node.description ?? ""])),
    "",
  ].join("\n");
}

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly default?: unknown;
  readonly description?: string;
  readonly env?: string;
}

function leaves(schema: z.ZodType): { path: string; node: Node }[] {
  const walk = (node: Node, path: readonly string[]): { path: string; node: Node }[] =>
    node.properties
      ? Object.entries(node.properties).flatMap(([key, inner]) => walk(inner, [...path, key]))
      : [{ path: path.join("."), node }];
  return walk(z.toJSONSchema(schema, { io: "input" }) as Node, []);
}

const code = (value: unknown): string =>
  value === undefined ? "" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(REFERENCE_FILE, reference());
