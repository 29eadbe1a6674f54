import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  RowBuilder,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { alertList, figure, type PanelText, rows, timeline } from "../panels.ts";
import { target } from "../query.ts";
import { FOLDER, SOURCE } from "../source.ts";
import { FILTERS } from "./filters.ts";
import { OPERATIONS_UID, PANEL } from "./operations-ids.ts";
import { SQL } from "./operations-sql.ts";

type Said = Omit<PanelText, "id" | "width" | "height" | "unit"> & { readonly unit?: string };
const sized = (id: number, width: number, height: number, said: Said): PanelText => ({
  unit: "short",
  ...said,
  id,
  width,
  height,
});
const stat = (id: number, said: Said) => sized(id, 4, 4, said);

/** What the people on shift look at: is something wrong, where, since when, what was done, does Tocsin itself work. */
export function operations(): Dashboard {
  const board = new DashboardBuilder("Tocsin operations")
    .uid(OPERATIONS_UID)
    .description("Stuck parcels, hot spots and complaints, and what was done about them")
    .tags(["tocsin"])
    .timezone("browser")
    .readonly()
    .refresh("1m")
    .time({ from: "now-24h", to: "now" })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...FILTERS])
    .annotation(
      new AnnotationQueryBuilder()
        .name("Incidents")
        .datasource({ ...SOURCE })
        .enable(true)
        .iconColor("red")
        .target(target(SQL.incidentMarks, "table", "Anno")),
    )

    .withRow(new RowBuilder("Is something wrong?").id(101))
    .withPanel(
      figure(
        stat(PANEL.openIncidents, {
          title: "Open incidents",
          description:
            "Places or stages that stand out now. Above zero: open the incident table below and take the largest first.",
          noValue: "none",
        }),
        SQL.openIncidents,
        1,
        3,
      ),
    )
    .withPanel(
      figure(
        stat(PANEL.openStalls, {
          title: "Stalled parcels",
          description:
            "Parcels that stand still for longer than their stage explains. Rising: look for a shared hub or carrier in the table of stalled parcels and call it.",
          noValue: "none",
        }),
        SQL.openStalls,
        50,
        500,
      ),
    )
    .withPanel(
      figure(
        stat(PANEL.promisesAtRisk, {
          title: "Promises at risk",
          description:
            "Promises about to fail that can still be kept. Have them moved to express, or tell the customers before they ask.",
          noValue: "none",
        }),
        SQL.promisesAtRisk,
        20,
        200,
      ),
    )
    .withPanel(
      figure(
        stat(PANEL.responsesOverdue, {
          title: "First responses overdue",
          description:
            "Complaints nobody answered in time. Answer them now, major ones first; add agents if it keeps rising.",
          noValue: "none",
        }),
        SQL.responsesOverdue,
        1,
        10,
      ),
    )
    .withPanel(
      figure(
        stat(PANEL.awaitingApproval, {
          title: "Awaiting approval",
          description: "Actions above the automatic limit. Approve or refuse them: a customer waits behind each.",
          noValue: "none",
        }),
        SQL.awaitingApproval,
        1,
        20,
      ),
    )
    .withPanel(
      figure(
        stat(PANEL.frontierLag, {
          title: "Event time behind",
          description:
            "How far the slowest partition is behind the clock. Above 15 min warnings come late: look at the lag table below for the process that is stuck.",
          unit: "s",
          noValue: "no data read yet",
        }),
        SQL.frontierLag,
        300,
        900,
      ),
    )

    .withRow(new RowBuilder("Where, and who was told").id(102))
    .withPanel(
      alertList(
        sized(PANEL.alerts, 8, 8, {
          title: "Firing alerts",
          description: "Rules that fire now. Each links to its runbook; acknowledge in your pager, not here.",
          noValue: "nothing fires",
        }),
        FOLDER,
      ),
    )
    .withPanel(
      rows(
        sized(PANEL.incidents, 16, 8, {
          title: "Open incidents",
          description:
            "What stands out, largest excess first. Call the hub or carrier named; for a region, ask for courier capacity.",
          noValue: "nothing stands out",
        }),
        SQL.incidentTable,
      ),
    )

    .withRow(new RowBuilder("How it developed").id(103))
    .withPanel(
      timeline(
        sized(PANEL.complaints, 8, 8, {
          title: "Complaints per hour against expectation",
          description:
            "Observed above upper for several hours is more than the forecast explains: look at the open incidents for where.",
          noValue: "no complaints",
        }),
        SQL.complaints,
        "lines",
      ),
    )
    .withPanel(
      timeline(
        sized(PANEL.findings, 8, 8, {
          title: "New findings by kind",
          description:
            "What detectors said, as it was said. A jump of one kind points at a stage: pick-up, transit, customs or delivery.",
          noValue: "no findings",
        }),
        SQL.findingsOverTime,
        "bars",
      ),
    )
    .withPanel(
      timeline(
        sized(PANEL.forecast, 8, 8, {
          title: "Forecast",
          description:
            "What is expected for the days ahead, ten largest series. Plan agents and couriers for the peaks.",
          noValue: "no forecast was issued",
        }),
        SQL.forecast,
        "lines",
      ),
    )

    .withRow(new RowBuilder("Does Tocsin work?").id(104))
    .withPanel(
      timeline(
        sized(PANEL.events, 6, 7, {
          title: "Events stored",
          description:
            "Falling to zero while the shop sells means a feed is cut: check ingest and the carriers' feeds.",
          unit: "eps",
          noValue: "no events",
        }),
        SQL.eventsOverTime,
        "lines",
      ),
    )
    .withPanel(
      timeline(
        sized(PANEL.rejected, 6, 7, {
          title: "Records refused",
          description:
            "Bad records by reason. Read some with `dead-letters list`, have the sender mend them, then replay.",
          noValue: "none refused",
        }),
        SQL.rejectedOverTime,
        "bars",
      ),
    )
    .withPanel(
      timeline(
        sized(PANEL.deliveries, 6, 7, {
          title: "Deliveries",
          description:
            "Actions and pages on their way out. Failed ones did not reach anybody: check the receiver of the webhook.",
          noValue: "nothing sent",
        }),
        SQL.deliveries,
        "bars",
      ),
    )
    .withPanel(
      rows(
        sized(PANEL.lag, 6, 7, {
          title: "Lag by process",
          description:
            "Seconds behind the clock and what is open. A process far behind the others is stuck: restart it, it resumes by itself.",
          noValue: "no process has run",
        }),
        SQL.lagByProcess,
      ),
    )

    .withRow(new RowBuilder("Look closer").id(105))
    .withPanel(
      rows(
        sized(PANEL.stalled, 12, 9, {
          title: "Stalled parcels, longest first",
          description: "Sort by hub or carrier to find the one behind many of them, and call it.",
          noValue: "no parcel stands still",
        }),
        SQL.stalledParcels,
      ),
    )
    .withPanel(
      rows(
        sized(PANEL.actions, 12, 9, {
          title: "Latest actions",
          description: "What was done for customers. Those awaiting approval need a person.",
          noValue: "nothing was done",
        }),
        SQL.actions,
      ),
    )
    .withPanel(
      rows(
        sized(PANEL.pages, 12, 8, {
          title: "Pages",
          description:
            "Who was woken and why. A page that is open longer than its incident deserves a look at the pager.",
          noValue: "nobody was paged",
        }),
        SQL.pages,
      ),
    )
    .withPanel(
      rows(
        sized(PANEL.tables, 12, 8, {
          title: "Tables on disk",
          description:
            "Size in bytes, rows and parts. Thousands of parts in one table: inserts are too small, or merges cannot keep up; add disk before 80 % is full.",
          noValue: "no tables",
        }),
        SQL.tableSizes,
      ),
    )
    .build();
  // The SDK hides annotations in a menu unless told otherwise, and can only be told to hide them.
  for (const mark of board.annotations?.list ?? []) delete mark.placement;
  return board;
}
