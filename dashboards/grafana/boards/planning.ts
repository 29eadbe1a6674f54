import { type Dashboard, DashboardBuilder } from "@grafana/grafana-foundation-sdk/dashboard";
import { rows } from "../panels.ts";
import { SQL } from "./planning-sql.ts";

const size = { width: 24, height: 9, unit: "short" } as const;

/** What planners look at: days above capacity, how far forecasts and risks can be trusted, whom to give parcels to. */
export function planning(): Dashboard {
  return new DashboardBuilder("Tocsin planning")
    .uid("tocsin-planning")
    .description("Days above capacity, carriers compared, and how far forecasts and promise risks can be trusted")
    .tags(["tocsin"])
    .timezone("browser")
    .readonly()
    .refresh("5m")
    .time({ from: "now-28d", to: "now" })
    .withPanel(
      rows(
        {
          ...size,
          id: 1,
          title: "Complaints above capacity",
          description:
            "Days ahead on which a region may get more complaints than it can answer, and what drives them. Move people there before the day.",
          noValue: "no day ahead stands out",
        },
        SQL.spikes,
      ),
    )
    .withPanel(
      rows(
        {
          ...size,
          id: 2,
          title: "Carriers compared",
          description:
            "Share on time as it would be on everybody's lanes, with a 95 % interval, and the suggested share of new parcels. Region empty: all. Give the router the weights.",
          noValue: "not enough orders yet",
        },
        SQL.carriers,
      ),
    )
    .withPanel(
      rows(
        {
          ...size,
          id: 3,
          width: 12,
          title: "Promise risks: said and came · 承诺风险：预测与实际",
          description:
            "Risks said 1, 3, 5, 7 and 10 days before promises that are past, in ten bins: how many orders, the mean risk, and the share that arrived late. Off by more than 0.1 where there are hundreds: wait for the next lesson or change promise.warnAt. · 对已到期的承诺，按预测风险分十档：订单数、平均风险、实际晚到比例。数百单的一档相差超过 0.1 时，等待下次学习或调整 promise.warnAt。",
          noValue: "no promise is past yet that a risk was given for · 尚无已到期的承诺",
        },
        SQL.reliability,
      ),
    )
    .withPanel(
      rows(
        {
          ...size,
          id: 4,
          width: 12,
          title: "Forecasts: inside of the 90 % interval",
          description:
            "Share of what came that lay inside of what was said. Far below 0.9: do not act on this series by itself until it holds again.",
          noValue: "no forecast has come due yet",
        },
        SQL.scores,
      ),
    )
    .build();
}
