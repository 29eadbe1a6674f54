import { TOPICS } from "../ingest/contracts/topics.ts";

/** The map: every process, what it reads and what it writes. A test holds it against the code. */
export interface Process {
  readonly name: string;
  readonly does: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  /** Followers read tables up to where these are; stream processes follow their topics. */
  readonly after?: readonly string[];
}

const STATE = ["progress", "checkpoints"];

export const TOPOLOGY = [
  {
    name: "track",
    does: "follows every order, says what is stuck, late or about to be",
    reads: [TOPICS.orders, "norms"],
    writes: ["order_events", "finding_changes", TOPICS.deadLetters, ...STATE],
  },
  {
    name: "complain",
    does: "follows every complaint, runs its clocks, sees who complains again",
    reads: [TOPICS.complaints],
    writes: ["complaint_events", "finding_changes", TOPICS.deadLetters, ...STATE],
  },
  {
    name: "record",
    does: "keeps context events and dead letters",
    reads: [TOPICS.context, TOPICS.deadLetters],
    writes: [
      "context_events",
      "dead_letters",
      "dead_letter_replays",
      "dead_letters_removed",
      TOPICS.deadLetters,
      ...STATE,
    ],
  },
  {
    name: "learn",
    does: "learns from what is known how long every stage normally takes, once a week of event time",
    reads: ["order_events"],
    writes: ["norms", "cursors"],
    after: ["track"],
  },
  {
    name: "hotspot",
    does: "judges every hour of every place, keeps incidents",
    reads: ["order_events", "complaint_events", "finding_changes", "promise_outlook"],
    writes: ["judgements", "incident_changes", "cursors"],
    after: ["track", "complain", "promise"],
  },
  {
    name: "flow",
    does: "watches how parcels flow and whether data comes, compares carriers",
    reads: ["order_events", "finding_changes"],
    writes: ["incident_changes", "incident_parcels", "completeness", "region_tops", "carrier_scores", "cursors"],
    after: ["track", "complain"],
  },
  {
    name: "predict",
    does: "forecasts orders, parcels and complaints once a day, scores itself, warns of days above capacity",
    reads: ["order_events", "complaint_events", "context_events", "actions"],
    writes: ["forecast_issues", "forecast_fits", "forecast_scores", "forecast_spikes", "warning_changes", "cursors"],
    after: ["track", "complain", "record", "act"],
  },
  {
    name: "promise",
    does: "says how likely every open order is to miss its promise, and warns",
    reads: ["order_events", "promise_models"],
    writes: ["promise_risks", "promise_outlook", "promise_models", "finding_changes", "cursors"],
    after: ["track"],
  },
  {
    name: "act",
    does: "decides what is done for a customer before he complains",
    reads: ["finding_changes", "incident_changes"],
    writes: ["actions", "deliveries", TOPICS.actions, "cursors"],
    after: ["track", "complain", "flow", "promise"],
  },
  {
    name: "alert",
    does: "turns incidents, breached clocks and warnings of forecasts into pages",
    reads: ["incident_changes", "finding_changes", "warning_changes"],
    writes: ["page_changes", "deliveries", TOPICS.alerts, "cursors"],
    after: ["hotspot", "flow", "complain", "predict"],
  },
  {
    name: "deliver",
    does: "brings actions and pages out, again and again until they are taken",
    reads: ["actions", "page_changes"],
    writes: ["deliveries"],
  },
] as const satisfies readonly Process[];

export type ProcessName = (typeof TOPOLOGY)[number]["name"];
