import type { AnyEffect, EffectKind, PageEffect } from "./effect.ts";

/** What became of one attempt. */
export type Attempt =
  | { readonly kind: "delivered"; readonly detail: string }
  /** The receiver will never take it: trying again is noise. */
  | { readonly kind: "refused"; readonly detail: string }
  /** `afterMs`: the receiver asked us, all of us, to wait that long. */
  | { readonly kind: "retry"; readonly detail: string; readonly afterMs?: number | undefined };

/** Somewhere effects go. It throws only for errors of the program, never for what the network does. */
export interface Sink {
  /** Names it in `deliveries`: renaming a sink leaves what was owed to the old name undelivered. */
  readonly name: string;
  readonly takes: readonly EffectKind[];
  deliver(effect: AnyEffect, signal: AbortSignal): Promise<Attempt>;
  /** For receivers that forget: pages that are open are told again and again. */
  readonly refresh?: {
    readonly everyMs: number;
    /** @param pages  open pages, as last delivered */
    send(pages: readonly PageEffect[], signal: AbortSignal): Promise<Attempt>;
  };
}
