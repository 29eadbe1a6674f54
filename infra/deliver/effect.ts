/** What Tocsin does outside: it is decided and stored first, and delivered under its id afterwards. */

export type EffectKind = "action" | "page";
export type PageStep = "opened" | "grew" | "resolved";

/** The id of an action is its own; a change of a page is named by page, time and step. */
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
