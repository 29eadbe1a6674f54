/** The topics of the event log. A contract that changes gets a new version and a new topic, never an edit. */
export const TOPICS = {
  orders: "tocsin.orders.v1",
  complaints: "tocsin.complaints.v1",
  context: "tocsin.context.v1",
  actions: "tocsin.actions.v1",
  alerts: "tocsin.alerts.v1",
  deadLetters: "tocsin.dead-letters.v1",
} as const;

export type Topic = (typeof TOPICS)[keyof typeof TOPICS];

/** What comes in from outside, by the name it has in the HTTP path and in files. */
export const STREAMS = ["orders", "complaints", "context"] as const;
export type Stream = (typeof STREAMS)[number];
