import {
  type Dashboard,
  DashboardBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableHide,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { fan, rows, timeline } from "../panels.ts";
import { clickHouse } from "../query.ts";
import { SOURCE } from "../source.ts";
import { SQL } from "./planning-sql.ts";

const half = { width: 12, height: 9, unit: "short" } as const;
const whole = { ...half, width: 24 } as const;

const series = () =>
  new QueryVariableBuilder("series")
    .label("Series")
    .description("The forecast shown: orders, complaints or parcels, of everything or of a region, type or stage")
    .hide(VariableHide.DontHide)
    .datasource({ ...SOURCE })
    .query(clickHouse(SQL.seriesNames, "table", "series"))
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(false)
    .includeAll(false)
    .current({ selected: true, text: "complaints", value: "complaints" });

/** What planners look at: what is to come, days above capacity, how far it can be trusted, whom to give parcels to. */
export function planning(): Dashboard {
  return new DashboardBuilder("Tocsin planning")
    .uid("tocsin-planning")
    .description(
      "What is to come, days above capacity, carriers compared, and how far forecasts and promise risks can be trusted",
    )
    .tags(["tocsin"])
    .timezone("browser")
    .readonly()
    .refresh("5m")
    .time({ from: "now-28d", to: "now+14d" })
    .variables([series()])
    .withRow(new RowBuilder("To come").id(101))
    .withPanel(
      fan(
        {
          ...whole,
          id: 5,
          title: "Forecast and what came",
          description:
            "What came (complaints that actions prevented added back), over what was said of each day before it began; days to come as said last, with 50, 80 and 95 of 100 inside. Staff for the upper edge where a day too few costs more than a day too many.",
          noValue: "nothing forecast yet: learning takes two weeks of events",
        },
        SQL.fan,
        [95, 80, 50],
      ),
    )
    .withPanel(
      timeline(
        {
          ...half,
          id: 6,
          unit: "percentunit",
          title: "Chance of more complaints than a region can answer",
          description:
            "For each day to come, of the twelve regions most likely to exceed their capacity. Move people there before the day, or announce a sale later.",
          noValue: "no day ahead stands out",
        },
        SQL.probability,
        "lines",
      ),
    )
    .withPanel(
      timeline(
        {
          ...half,
          id: 7,
          title: "What drives the complaints to come",
          description:
            "Complaints a day that are expected because of each cause, over all regions, against a day without it. Backlog can be worked off before; a promotion can be spread over days.",
          noValue: "no day ahead stands out",
        },
        SQL.drivers,
        "bars",
      ),
    )
    .withPanel(
      rows(
        {
          ...whole,
          id: 1,
          title: "Complaints above capacity",
          description:
            "Days ahead on which a region may get more complaints than it can answer, and what drives them. Move people there before the day. Not automatic: its intervals do not hold, decide yourself.",
          noValue: "no day ahead stands out",
        },
        SQL.spikes,
      ),
    )
    .withRow(new RowBuilder("How far it can be trusted").id(102))
    .withPanel(
      timeline(
        {
          ...half,
          id: 8,
          unit: "percentunit",
          title: "Coverage week by week",
          description:
            "Share of days that lay inside of the intervals of 80, 90 and 95 of 100, all daily series. A line far below its name: intervals are too narrow, see which series in the table.",
          noValue: "no forecast has come due yet",
        },
        SQL.coverage,
        "lines",
      ),
    )
    .withPanel(
      rows(
        {
          ...half,
          id: 4,
          title: "Forecasts: state, and share inside of the 90 % interval",
          description:
            "Nothing acts by itself on a series that is not ok. learning: wait a week. coverage_broken or biased: its world has changed, it is learned anew by itself; decide yourself until then.",
          noValue: "no forecast has come due yet",
        },
        SQL.status,
      ),
    )
    .withPanel(
      rows(
        {
          ...whole,
          id: 3,
          title: "Promise risks: said and came",
          description:
            "Risks said 1, 3, 5, 7 and 10 days before promises that are past, in ten bins: how many orders, the mean risk, and the share that arrived late. Off by more than 0.1 where there are hundreds: wait for the next lesson or change promise.warnAt.",
          noValue: "no promise is past yet that a risk was given for",
        },
        SQL.reliability,
      ),
    )
    .withRow(new RowBuilder("Whom to give parcels").id(103))
    .withPanel(
      rows(
        {
          ...whole,
          id: 2,
          title: "Carriers compared",
          description:
            "Share on time as it would be on everybody's lanes, with a 95 % interval, and the suggested share of new parcels. Region empty: all. Give the router the weights.",
          noValue: "not enough orders yet",
        },
        SQL.carriers,
      ),
    )
    .build();
}
