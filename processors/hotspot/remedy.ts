/** What the design suggests to do about an incident, as a code; words are the readers'. */
export const REMEDIES = [
  "extra_couriers",
  "reroute_hub",
  "priority_clearance",
  "press_merchant",
  "check_goods",
  "change_carrier",
  "relabel",
  "roll_back_version",
  "tell_customers",
  "more_agents",
] as const;
export type Remedy = (typeof REMEDIES)[number];

interface Asked {
  readonly measure: string;
  readonly dimension: string;
  readonly type: string;
  /** Names of the drivers, largest first: `dimension=value`, pairs joined by ` & `. */
  readonly drivers: readonly { readonly name: string; readonly share: number }[];
}

/** Complaints about what was in the parcel, not about its way. */
const OF_GOODS = new Set(["goods", "not_as_described", "defective", "counterfeit", "wrong_item", "missing_item"]);

/** Share of the excess a driver must hold for the remedy to be about it. */
const LEADS = 0.4;

/** The largest driver decides where it explains enough; else what is counted, and where. */
export function remedyFor({ measure, dimension, type, drivers }: Asked): Remedy {
  const ofGoods = measure === "complaints" && OF_GOODS.has(type);
  for (const { name, share } of drivers) {
    if (share < LEADS) continue;
    const has = (part: string) => name.split(" & ").some((one) => one === part || one.startsWith(`${part}=`));
    if (has("stage=customs") || has("reason=customs") || has("cause=customs")) return "priority_clearance";
    if (/label|标签|面单/.test(name)) return "relabel";
    if (has("version")) return "roll_back_version";
    if (has("hub")) return "reroute_hub";
    if (has("stage=pickup") || has("merchant")) return ofGoods ? "check_goods" : "press_merchant";
    if (has("carrier")) return "change_carrier";
    if (has("stage=delivery")) return "extra_couriers";
  }
  if (dimension === "hub") return "reroute_hub";
  if (dimension === "merchant") return ofGoods ? "check_goods" : "press_merchant";
  if (measure === "stalls") {
    if (type === "customs") return "priority_clearance";
    if (type === "pickup") return "press_merchant";
    return dimension === "carrier" ? "change_carrier" : "extra_couriers";
  }
  if (measure === "late" || measure === "slow" || measure === "predicted_late")
    return dimension === "carrier" ? "change_carrier" : "extra_couriers";
  if (measure === "complaints") return type === "logistics" ? "extra_couriers" : "more_agents";
  return "tell_customers";
}
