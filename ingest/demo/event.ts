import type { z } from "zod";
import type { complaintEvent } from "../contracts/complaint.ts";
import type { contextEvent } from "../contracts/context.ts";
import type { orderEvent } from "../contracts/order.ts";

export type OrderJson = z.input<typeof orderEvent>;
export type ComplaintJson = z.input<typeof complaintEvent>;
type ContextJson = z.input<typeof contextEvent>;

/** One event as a sender would send it. `at` is when it happened or was announced, in ms since 1970. */
export type DemoEvent =
  | { readonly stream: "orders"; readonly at: number; readonly event: OrderJson }
  | { readonly stream: "complaints"; readonly at: number; readonly event: ComplaintJson }
  | { readonly stream: "context"; readonly at: number; readonly event: ContextJson };

export type Emit = (event: DemoEvent) => void;
