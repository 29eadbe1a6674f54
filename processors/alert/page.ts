import type { Clock, Severity } from "./policy.ts";

/** A step of an incident, as hotspot said it. Times in ms of event time. */
export interface IncidentChange {
  readonly incidentId: string;
  readonly at: number;
  readonly change: "opened" | "grew" | "resolved" | "shrank" | "reopened";
  readonly measure: string;
  readonly dimension: string;
  readonly value: string;
  readonly type: string;
  readonly since: number;
  readonly observed: number;
  readonly expected: number;
  readonly pValue: number;
  /** Parcels or cases beyond the expected. */
  readonly size: number;
  /** A JSON object. */
  readonly evidence: string;
  /** What it touches; 0 where the detector does not say. */
  readonly parcels: number;
  readonly cases: number;
  readonly customers: number;
  readonly money: number;
  /** Events expected in the next 24 hours. */
  readonly next24: number;
  /** A JSON array of drivers, or empty. */
  readonly causes: string;
  /** A code, or empty. */
  readonly remedy: string;
}

/** What a forecast warns of, or that it no longer holds, as predict said it. Times in ms of event time. */
export interface WarningChange {
  readonly warningId: string;
  readonly at: number;
  readonly change: "opened" | "grew" | "resolved";
  readonly kind: "spike" | "drift";
  readonly series: string;
  readonly region: string;
  /** Start of the day of a spike; of drift, since when. */
  readonly day: number;
  /** Complaints beyond capacity. */
  readonly size: number;
  /** A JSON object. */
  readonly evidence: string;
}

/** A service clock of one case that was passed, or is satisfied again. */
export interface BreachChange {
  readonly findingId: string;
  readonly at: number;
  readonly change: "opened" | "ended";
  readonly clock: Clock;
  readonly region: string;
  /** The deadline that was passed, ms. */
  readonly due: number;
}

/** What a page says, in one language. */
export interface Text {
  readonly title: string;
  readonly what: string;
  readonly where: string;
  readonly howBad: string;
  readonly why: string;
  readonly whatToDo: string;
}
export type Title = { readonly "zh-CN": string; readonly en: string };
export interface Texts {
  /** Of a spike that is forecast: whether who receives the page may act on it without a person. */
  readonly automatic?: boolean;
  readonly "zh-CN": Text;
  readonly en: Text;
}

/**
 * Whether subscribers are told of this step: `sent` one by one, held back for the `digest`, or `none` because they
 * never heard of the page.
 */
export type Notice = "sent" | "digest" | "none";

/** One step of a page: opened, grown, resolved. */
export interface PageChange {
  readonly pageId: string;
  readonly at: number;
  readonly change: "opened" | "grew" | "resolved";
  readonly subjectKind: "incident" | "clock" | "warning" | "digest";
  readonly subject: string;
  readonly severity: Severity;
  readonly region: string;
  readonly size: number;
  readonly texts: Texts;
  readonly notice: Notice;
}

/** A page while it is open. */
export interface OpenPage {
  readonly pageId: string;
  readonly subjectKind: PageChange["subjectKind"];
  readonly subject: string;
  /** Of an incident: what was counted, and where. */
  readonly about?: { readonly measure: string; readonly place: string };
  region: string;
  /** As it was last said; a page that is over is called by it. */
  title: Title;
  /** Size when it was last said: it is said again when that doubled. */
  saidSize: number;
  /** Never falls while the page is open. */
  severity: Severity;
  /** Whether any step of it was sent to subscribers. */
  told: boolean;
}
