import type { Fault } from "./fault.ts";
import type { Board, BoardPanel, SqlTarget } from "./schemas.ts";
import { SOURCE } from "./source.ts";

/** More than this and nobody looks at any of them. */
const MAX_PANELS = 20;
const GRID = 24;
/** Tables with one row per partition, process or part: reading all of them costs nothing. */
const SMALL = new Set(["progress", "cursors", "system.parts"]);
const TIME_BOUND = /\$__(timeFilter|timeFilter_ms|fromTime|toTime)\b/;

type Say = (where: string, expected: string, got: string) => void;

/** What can be seen wrong in a board without running anything. */
export function lintBoard(file: string, board: Board): Fault[] {
  const faults: Fault[] = [];
  const say: Say = (where, expected, got) => faults.push({ file, where, expected, got });
  const panels = board.panels.filter((panel) => panel.type !== "row");
  if (panels.length > MAX_PANELS) say("board", `at most ${MAX_PANELS} panels`, String(panels.length));
  if (/^\d+s$/.test(board.refresh)) say("board", "a refresh of a minute or more", board.refresh);
  const ids = board.panels.map((panel) => panel.id);
  for (const id of new Set(ids.filter((x, i) => ids.indexOf(x) !== i)))
    say("board", "panel ids that differ", `${id} twice`);
  for (const panel of panels) lintPanel(panel, say);
  for (const [i, a] of board.panels.entries())
    for (const b of board.panels.slice(i + 1))
      if (overlap(a, b)) say(nameOf(a), "panels that do not overlap", `it overlaps ${nameOf(b)}`);
  for (const variable of board.templating.list) lintSql(`variable ${variable.name}`, variable.query, true, say);
  for (const mark of board.annotations.list) lintSql(`annotation ${mark.name}`, mark.target, true, say);
  return faults;
}

export const nameOf = (panel: BoardPanel): string => `panel ${panel.id} "${panel.title}"`;

function lintPanel(panel: BoardPanel, say: Say): void {
  const where = nameOf(panel);
  const defaults = panel.fieldConfig?.defaults;
  if (panel.title.trim() === "") say(where, "a title", "none");
  if (panel.description.length < 30) say(where, "a description that says what to do", `"${panel.description}"`);
  if (!defaults?.unit) say(where, "a unit", "none");
  if (!defaults?.noValue) say(where, "a text for when there is no value", "none");
  if (panel.gridPos.x + panel.gridPos.w > GRID)
    say(where, `to end within ${GRID} columns`, JSON.stringify(panel.gridPos));
  if (panel.type === "timeseries" && panel.options?.legend?.showLegend !== true) say(where, "a legend", "none");
  if (panel.type !== "alertlist" && panel.targets.length === 0) say(where, "a query", "none");
  for (const query of panel.targets) lintSql(where, query, panel.type === "table", say);
}

function lintSql(where: string, query: SqlTarget, isTable: boolean, say: Say): void {
  const { rawSql } = query;
  if (query.datasource.uid !== SOURCE.uid) say(where, `data source ${SOURCE.uid}`, query.datasource.uid);
  if (isTable && !/\bLIMIT \d+$/.test(rawSql)) say(where, "a LIMIT at the end", rawSql.slice(-40));
  lintBound(where, rawSql, say);
}

/** A query over a table that grows must say from when. */
export function lintBound(where: string, rawSql: string, say: Say): void {
  const tables = [...rawSql.matchAll(/\b(?:FROM|JOIN)\s+([A-Za-z_][\w.]*)/g)].map((found) => found[1] ?? "");
  const large = tables.filter((table) => !SMALL.has(table));
  if (large.length > 0 && !TIME_BOUND.test(rawSql))
    say(where, "a bound in time ($__timeFilter, $__fromTime or $__toTime)", `all of ${large.join(", ")}`);
}

function overlap(a: BoardPanel, b: BoardPanel): boolean {
  const [p, q] = [a.gridPos, b.gridPos];
  return p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h;
}
