import { rows } from "../panels.ts";
import { PANEL } from "./operations-ids.ts";
import { SQL } from "./operations-sql.ts";

/** The reliability diagram of promise risks: what was said against what came, with how many orders each. */
export const reliabilityPanel = () =>
  rows(
    {
      id: PANEL.reliability,
      width: 12,
      height: 8,
      unit: "short",
      title: "Promise risks: said and came",
      description:
        "Of the orders given a risk in this range, how many were late. Observed far from predicted where there are many orders: wait for the next lesson or change promise.warnAt.",
      noValue: "no order arrived yet that a risk was given for",
    },
    SQL.reliability,
  );
