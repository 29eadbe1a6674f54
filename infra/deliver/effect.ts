/** What Tocsin does outside: decided and stored first, then delivered under its id. */

export type EffectKind = "action" | "page";
export type PageStep = "opened" | "grew" | "resolved";

interface Effect {
  /** The `Idempotency-Key`: a receiver that sees it again has been told already. */
  readonly effectId: string;
  /** Effects of one lane (an order, a page) are delivered one after the other. */
  readonly lane: string;
  /** When it was decided, ms of event time. */
  readonly at: number;
  /** The row in the words of the contract. */
  readonly message: Readonly<Record<string, unknown>>;
}

export interface ActionEffect extends Effect {
  readonly kind: "action";
}

export interface PageEffect extends Effect {
  readonly kind: "page";
  readonly pageId: string;
  readonly change: PageStep;
  readonly subjectKind: string;
  readonly severity: string;
  readonly region: string;
  readonly openedAt: number;
  /** All severities the page has had up to this step. */
  readonly severities: readonly string[];
}

export type AnyEffect = ActionEffect | PageEffect;

/** The id of an action is its own; a step of a page is named by page, time and step. */
export const pageEffectId = (pageId: string, at: number, change: PageStep): string => `${pageId}.${at}.${change}`;

/**
 * Rows of `deliveries` that say an effect is owed to the sinks. Their time is zero, so that a mark written again
 * after a crash never covers what has happened to the effect since.
 */
export function owed(effectId: string, sinks: readonly string[]): object[] {
  return sinks.map((sink) => ({
    effect_id: effectId,
    sink,
    status: "pending",
    attempts: 0,
    detail: "",
    updated_at: 0,
  }));
}
