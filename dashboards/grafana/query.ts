import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import { SOURCE } from "./source.ts";

/** What the ClickHouse plugin does with the rows: lines over time, or a table as it is. */
export type Shape = "series" | "table";
const FORMAT = { series: 0, table: 1 } as const;

/** A target of the ClickHouse plugin (4.x). The SDK knows no such query, so this is ours. */
export type ClickHouseQuery = {
  readonly refId: string;
  readonly datasource: typeof SOURCE;
  readonly editorType: "sql";
  readonly rawSql: string;
  readonly format: 0 | 1;
  readonly queryType: "timeseries" | "table";
};

/** @param rawSql  with the plugin's macros; its time column must be called `time` when the shape is "series" */
export const clickHouse = (rawSql: string, shape: Shape, refId = "A"): ClickHouseQuery => ({
  refId,
  datasource: SOURCE,
  editorType: "sql",
  rawSql: rawSql.replace(/\s+/g, " ").trim(),
  format: FORMAT[shape],
  queryType: shape === "series" ? "timeseries" : "table",
});

/** The same as something the SDK's panels take. The SDK's marker is a function and leaves no trace in JSON. */
export function target(rawSql: string, shape: Shape, refId = "A"): Builder<Dataquery> {
  const query = { ...clickHouse(rawSql, shape, refId), _implementsDataqueryVariant: () => {} };
  return { build: () => query };
}
