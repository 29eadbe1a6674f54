import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { operations } from "./boards/operations.ts";
import { planning } from "./boards/planning.ts";
import { boardProviders, contactPoints, dataSources, PLACES, type Places, policies } from "./provisioning.ts";
import { alertRules } from "./rules.ts";

/** Path below the output folder to contents. */
export type Files = ReadonlyMap<string, string>;

const BOARDS = [operations, planning] as const;
const yaml = (value: object) => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/** Boards, data source, rules, contact points and policies as files. The same input gives the same bytes. */
export function boardFiles(places: Places = PLACES): Files {
  const boards = BOARDS.map((make) => {
    const board = make();
    return [`dashboards/tocsin/${board.uid}.json`, `${JSON.stringify(board, null, 2)}\n`] as const;
  });
  return new Map([
    ...boards,
    ["provisioning/datasources/tocsin.yaml", yaml(dataSources(places))],
    ["provisioning/dashboards/tocsin.yaml", yaml(boardProviders(places))],
    ["provisioning/alerting/tocsin-rules.yaml", yaml(alertRules(places.runbookUrl))],
    ["provisioning/alerting/tocsin-contact-points.yaml", yaml(contactPoints(places))],
    ["provisioning/alerting/tocsin-policies.yaml", yaml(policies)],
  ]);
}

/**
 * Writes `dashboards/` (to be mounted where `boardsPath` says) and `provisioning/` (Grafana's provisioning folder).
 * @returns paths written, relative to outDir
 */
export async function buildBoards(outDir: string, places: Places = PLACES): Promise<string[]> {
  const files = boardFiles(places);
  for (const [path, text] of files) {
    await mkdir(dirname(join(outDir, path)), { recursive: true });
    await writeFile(join(outDir, path), text);
  }
  return [...files.keys()];
}
