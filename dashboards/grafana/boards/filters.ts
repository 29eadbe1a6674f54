import {
  QueryVariableBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { clickHouse } from "../query.ts";
import { SOURCE } from "../source.ts";

const choice = (name: string, label: string, description: string, sql: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .hide(VariableHide.DontHide)
    .datasource({ ...SOURCE })
    .query(clickHouse(sql, "table", name))
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: ["All"], value: ["$__all"] });

const seen = (column: string) =>
  `SELECT DISTINCT ${column} FROM finding_changes WHERE $__timeFilter(at) AND ${column} != '' ORDER BY ${column} LIMIT 500`;

const FILTER_NAMES = ["region", "carrier"] as const;

/** Board filters: where findings were in the time shown. */
export const FILTERS = [
  choice("region", "Region", "Only findings of these regions", seen("region")),
  choice("carrier", "Carrier", "Only findings of these carriers", seen("carrier")),
] as const;

/** Keeps rows whose column is among what the filter of that name has chosen; all of them when nothing is chosen. */
export const chosen = (column: string, filter: (typeof FILTER_NAMES)[number]): string =>
  `$__conditionalAll(${column} IN (\${${filter}:singlequote}), $${filter})`;

/** The condition all filters put on \`finding_changes\`. */
export const CHOSEN = FILTER_NAMES.map((name) => chosen(name, name)).join(" AND ");
