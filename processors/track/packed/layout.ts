import { ORDER_KINDS } from "../../../ingest/contracts/order.ts";
import type { Order } from "../order.ts";
import type { Form } from "./forms.ts";

/**
 * How every fact of an order is written: a new fact is one line here, and the compiler asks for it. A checkpoint
 * carries this list, so what an older version wrote is read by its own.
 */
export const FACT_FORMS = {
  customerId: "id",
  merchantId: "word",
  category: "word",
  origin: "word",
  destination: "word",
  carrier: "word",
  service: "word",
  hub: "word",
  place: "word",
  value: "money",
  promisedBy: "time",
  traits: "list",
} as const satisfies Record<keyof Order["facts"], Form>;

type Structured = "orderId" | "first" | "last" | "facts" | "lastEventAt" | "named" | "open" | "said";
/** Whatever else an order may have; left out where it is undefined. */
const OTHER_FORMS = {} as const satisfies Record<Exclude<keyof Order, Structured>, Form>;

export interface Layout {
  readonly kinds: readonly string[];
  readonly facts: readonly (readonly [name: string, form: Form])[];
  readonly others: readonly (readonly [name: string, form: Form])[];
}

export const LAYOUT: Layout = {
  kinds: ORDER_KINDS,
  facts: Object.entries(FACT_FORMS),
  others: Object.entries(OTHER_FORMS),
};
