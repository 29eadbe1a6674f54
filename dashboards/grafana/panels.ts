import type { Builder } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  TableCellHeight,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import { type Panel, ThresholdsConfigBuilder, ThresholdsMode } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder as StatBuilder } from "@grafana/grafana-foundation-sdk/stat";
import { PanelBuilder as TableBuilder } from "@grafana/grafana-foundation-sdk/table";
import { PanelBuilder as TimeSeriesBuilder } from "@grafana/grafana-foundation-sdk/timeseries";
import { target } from "./query.ts";
import { SOURCE } from "./source.ts";

/** What no panel may be without. The description says what to do about what it shows. */
export type PanelText = {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  /** A unit of Grafana's list: "short", "s", "percentunit", "cny"... */
  readonly unit: string;
  /** Shown when there is nothing to show. */
  readonly noValue: string;
  readonly width: number;
  readonly height: number;
};
type Common<T> = {
  id(id: number): T;
  title(title: string): T;
  description(description: string): T;
  unit(unit: string): T;
  noValue(text: string): T;
  span(width: number): T;
  height(height: number): T;
  datasource(ref: { type: string; uid: string }): T;
};

function describe<T extends Common<T>>(panel: T, text: PanelText): T {
  return panel
    .id(text.id)
    .title(text.title)
    .description(text.description)
    .unit(text.unit)
    .noValue(text.noValue)
    .span(text.width)
    .height(text.height)
    .datasource({ ...SOURCE });
}

const levels = (amber: number, red: number) =>
  new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: "green" },
    { value: amber, color: "orange" },
    { value: red, color: "red" },
  ]);

/** One figure, coloured from `amber` and `red` upwards. */
export const figure = (text: PanelText, sql: string, amber: number, red: number): Builder<Panel> =>
  describe(new StatBuilder(), text)
    .withTarget(target(sql, "table"))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]).values(false))
    .graphMode(BigValueGraphMode.None)
    .colorMode(BigValueColorMode.Value)
    .thresholds(levels(amber, red));

/** Lines (or bars that add up) over time, with a legend people can read the last value from. */
export function timeline(text: PanelText, sql: string, style: "lines" | "bars"): Builder<Panel> {
  const panel = describe(new TimeSeriesBuilder(), text)
    .withTarget(target(sql, "series"))
    .min(0)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs(["lastNotNull"]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  return style === "lines"
    ? panel.drawStyle(GraphDrawStyle.Line).lineWidth(2).fillOpacity(5)
    : panel.drawStyle(GraphDrawStyle.Bars).fillOpacity(70);
}

/**
 * What came as a line over what was said: the median, and intervals that are darker the likelier they are.
 * @param sql  columns time, came, median, and low_P and high_P for each of `shares` (P of 100 lie between them)
 */
export function fan(text: PanelText, sql: string, shares: readonly number[]): Builder<Panel> {
  const panel = describe(new TimeSeriesBuilder(), text)
    .withTarget(target(sql, "series"))
    .min(0)
    .drawStyle(GraphDrawStyle.Line)
    .lineWidth(2)
    .fillOpacity(0)
    .legend(
      new VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(LegendDisplayMode.List)
        .placement(LegendPlacement.Bottom)
        .calcs([]),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi));
  const colour = (fixedColor: string) => ({ id: "color", value: { mode: "fixed", fixedColor } });
  panel.overrideByName("came", [colour("text")]);
  panel.overrideByName("median", [colour("blue"), { id: "custom.lineWidth", value: 1 }]);
  for (const share of shares) {
    const edge = [colour("blue"), { id: "custom.lineWidth", value: 0 }];
    const hidden = { id: "custom.hideFrom", value: { legend: true, tooltip: false, viz: false } };
    panel.overrideByName(`low_${share}`, [...edge, hidden]);
    // Layers lie over each other, so the middle gets darker by itself.
    panel.overrideByName(`high_${share}`, [
      ...edge,
      { id: "displayName", value: `${share} %` },
      { id: "custom.fillBelowTo", value: `low_${share}` },
      { id: "custom.fillOpacity", value: 18 },
    ]);
  }
  return panel;
}

/** Rows to look into. The SQL carries the LIMIT. */
export const rows = (text: PanelText, sql: string): Builder<Panel> =>
  describe(new TableBuilder(), text).withTarget(target(sql, "table")).cellHeight(TableCellHeight.Sm).filterable(true);

/** Grafana's list of firing alerts, which the SDK does not know. It asks Grafana itself, so it has no query. */
export function alertList(text: PanelText, folder: string): Builder<Panel> {
  const panel: Panel = {
    id: text.id,
    type: "alertlist",
    title: text.title,
    description: text.description,
    transparent: false,
    gridPos: { x: 0, y: 0, w: text.width, h: text.height },
    fieldConfig: { defaults: { unit: text.unit, noValue: text.noValue }, overrides: [] },
    options: {
      viewMode: "list",
      groupMode: "default",
      groupBy: [],
      maxItems: 20,
      sortOrder: 3,
      dashboardAlerts: false,
      alertName: "",
      alertInstanceLabelFilter: '{team="tocsin"}',
      folder: { title: folder },
      stateFilter: { firing: true, pending: true, noData: true, normal: false, error: true, recovering: true },
    },
  };
  return { build: () => panel };
}
