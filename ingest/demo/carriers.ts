import type { Trait } from "../contracts/order.ts";
import { type Random, weighted } from "./random.ts";

/** `pace` multiplies road and yard times; `care` the share of parcels that break or vanish. */
export type Carrier = { readonly name: string; readonly share: number; readonly pace: number; readonly care: number };

const ORDINARY: readonly Carrier[] = [
  { name: "迅羽速运", share: 22, pace: 0.9, care: 0.6 },
  { name: "万里达快递", share: 30, pace: 1.0, care: 1.0 },
  { name: "通途快递", share: 28, pace: 1.03, care: 1.1 },
  { name: "蚁行快运", share: 20, pace: 1.08, care: 1.5 },
];
const FRESH: Carrier = { name: "鲜极冷链", share: 0, pace: 0.82, care: 0.8 };
const CITY: Carrier = { name: "邻客同城", share: 0, pace: 1.0, care: 0.7 };
const ABROAD: Carrier = { name: "海岚国际", share: 0, pace: 1.0, care: 0.9 };
const ordinary = weighted(ORDINARY, (carrier) => carrier.share);

/** Who carries it: specialists for cakes, goods from abroad and most fruit. */
export function carrierFor(r: Random, traits: readonly Trait[]): Carrier {
  if (traits.includes("time_critical")) return CITY;
  if (traits.includes("cross_border")) return ABROAD;
  if (traits.includes("perishable") && r() < 0.8) return FRESH;
  return ordinary(r);
}
