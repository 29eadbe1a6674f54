/** Why a record cannot be used. A closed list: it labels metrics and is what people filter dead letters by. */
export const REJECT_REASONS = [
  "too_large",
  "not_json",
  "not_an_object",
  "unknown_stream",
  "invalid",
  "time_too_old",
  "time_in_future",
  "conflicting_repeat",
  "processing_failed",
] as const;
export type RejectReason = (typeof REJECT_REASONS)[number];

/** Bad data is a value, not an exception: only programming errors throw. */
export type Reject = { readonly kind: "reject"; readonly reason: RejectReason; readonly detail: string };
export type Outcome<T> = { readonly kind: "ok"; readonly value: T } | Reject;

export const reject = (reason: RejectReason, detail: string): Reject => ({ kind: "reject", reason, detail });
