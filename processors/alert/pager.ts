import { digest } from "../../ingest/contracts/canonical.ts";
import { admit, type Budget, type Held, holdBack } from "./budget.ts";
import { otherView, placeOf } from "./joined.ts";
import type { BreachChange, IncidentChange, OpenPage, PageChange, Texts } from "./page.ts";
import { type AlertPolicy, CLOCKS, type Clock, heavier, type Severity, severityOf } from "./policy.ts";
import type { Writer } from "./text.ts";

/** Open breaches of one clock and the page about them. */
interface ClockState {
  /** By finding. */
  readonly open: Map<string, BreachChange>;
  page: OpenPage | undefined;
  /** Since when nothing has been in breach while the page is open, ms. */
  emptySince: number | undefined;
}

/** Everything the fold remembers. Changed in place. */
export interface Pager {
  readonly clocks: Readonly<Record<Clock, ClockState>>;
  /** Open pages by incident. */
  readonly incidents: Map<string, OpenPage>;
  /** Open incidents on the page of another one, by that other one. */
  readonly joined: Map<string, string>;
  readonly budget: Budget;
}

export type Input = IncidentChange | BreachChange;

export function emptyPager(): Pager {
  const clock = (): ClockState => ({ open: new Map(), page: undefined, emptySince: undefined });
  return {
    clocks: { first_response_overdue: clock(), investigation_overdue: clock() },
    incidents: new Map(),
    joined: new Map(),
    budget: { sent: [], digest: undefined },
  };
}

/** One instant of event time: what happens in it is judged together. */
interface Turn {
  readonly pager: Pager;
  readonly at: number;
  readonly policy: AlertPolicy;
  readonly writer: Writer;
  readonly changes: PageChange[];
  readonly held: Held[];
}

/**
 * Folds incidents and breaches into pages up to a moment.
 * Timers fire in order of their deadlines, each after what happened at its deadline: cutting the inputs into other
 * windows gives the same pages.
 * @param inputs  in order of time; the order within an instant must not depend on the window
 * @param to      ms, after the last input; timers with a deadline before it have fired
 */
export function advance(
  pager: Pager,
  inputs: readonly Input[],
  to: number,
  policy: AlertPolicy,
  writer: Writer,
): PageChange[] {
  const changes: PageChange[] = [];
  const turn = (at: number): Turn => ({ pager, at, policy, writer, changes, held: [] });
  const fireBefore = (limit: number) => {
    for (let timer = nextTimer(pager, policy); timer.due < limit; timer = nextTimer(pager, policy)) {
      timer.fire(turn(timer.due));
    }
  };
  for (let i = 0; i < inputs.length; ) {
    const now = turn((inputs[i] as Input).at);
    fireBefore(now.at);
    for (; inputs[i]?.at === now.at; i++) take(now, inputs[i] as Input);
    for (const clock of CLOCKS) judgeClock(now, clock);
    judgeDigest(now);
  }
  fireBefore(to);
  return changes;
}

function take(turn: Turn, input: Input): void {
  if ("incidentId" in input) takeIncident(turn, input);
  else if (input.change === "opened") turn.pager.clocks[input.clock].open.set(input.findingId, input);
  else turn.pager.clocks[input.clock].open.delete(input.findingId);
}

function takeIncident(turn: Turn, incident: IncidentChange): void {
  const { pager, policy, writer } = turn;
  const owner =
    pager.joined.get(incident.incidentId) ??
    (pager.incidents.has(incident.incidentId) ? undefined : otherView(pager.incidents, incident));
  const known = pager.incidents.get(owner ?? incident.incidentId);
  if (incident.change === "resolved") {
    if (pager.joined.delete(incident.incidentId)) return;
    pager.incidents.delete(incident.incidentId);
    const heir = [...pager.joined].find(([, of]) => of === incident.incidentId)?.[0];
    if (known && heir !== undefined) inherit(pager, incident.incidentId, heir, known);
    else if (known) tell(turn, known, "resolved", Math.max(known.saidSize, incident.size), writer.over(known));
    return;
  }
  const severity = severityOf(incident.size, policy.incidents);
  if (owner !== undefined) pager.joined.set(incident.incidentId, owner);
  if (known && !grown(known, incident.size, severity)) return;
  const page = known ?? {
    ...newPage("incident", incident.incidentId, digest(`page|incident|${incident.incidentId}`)),
    about: { measure: incident.measure, place: placeOf(incident) },
  };
  if (incident.dimension === "region") page.region = incident.value;
  pager.incidents.set(owner ?? incident.incidentId, page);
  tell(turn, page, known ? "grew" : "opened", incident.size, writer.incident(incident), severity);
}

/** The incident a page was opened for is over, and another one on it is not: the page stays, for that one. */
function inherit(pager: Pager, from: string, heir: string, page: OpenPage): void {
  pager.joined.delete(heir);
  pager.incidents.set(heir, page);
  for (const [incidentId, owner] of pager.joined) if (owner === from) pager.joined.set(incidentId, heir);
}

/** Opens, grows or starts to clear the page about a clock, by what is in breach at the end of the instant. */
function judgeClock(turn: Turn, clock: Clock): void {
  const state = turn.pager.clocks[clock];
  const size = state.open.size;
  if (size === 0) {
    if (state.page) state.emptySince ??= turn.at;
    return;
  }
  state.emptySince = undefined;
  const policy = turn.policy.clocks[clock];
  if (!state.page && size < policy.pageFrom) return;
  const severity = severityOf(size, policy);
  if (state.page && !grown(state.page, size, severity)) return;
  const known = state.page;
  state.page ??= newPage("clock", clock, digest(`page|clock|${clock}|${turn.at}`));
  tell(turn, state.page, known ? "grew" : "opened", size, turn.writer.clock(clock, [...state.open.values()]), severity);
}

/** Tells of what was held back at this instant: a digest is a page too, but not held back itself. */
function judgeDigest(turn: Turn): void {
  if (turn.held.length === 0) return;
  const digest = holdBack(turn.pager.budget, turn.at, turn.held);
  const severity = turn.held.map((held) => held.severity).reduce(heavier);
  const change = digest.page.saidSize === 0 ? "opened" : "grew";
  if (change === "grew" && !grown(digest.page, digest.count, severity)) return;
  tell(turn, digest.page, change, digest.count, turn.writer.digest(digest), severity);
}

/** A page is told again when it doubled or became graver: more often is noise. */
const GROWTH = 2;
const grown = (page: OpenPage, size: number, severity: Severity): boolean =>
  (size > page.saidSize && size >= GROWTH * page.saidSize) || heavier(page.severity, severity) !== page.severity;

function tell(
  turn: Turn,
  page: OpenPage,
  change: PageChange["change"],
  size: number,
  texts: Texts,
  severity: Severity = page.severity,
): void {
  const { pager, at, policy, changes } = turn;
  page.severity = change === "opened" ? severity : heavier(page.severity, severity);
  let notice: PageChange["notice"] = page.told ? "sent" : "none";
  if (change !== "resolved") {
    page.saidSize = size;
    page.title = { "zh-CN": texts["zh-CN"].title, en: texts.en.title };
    if (page.subjectKind === "digest") notice = "sent";
    else notice = admit(pager.budget, at, policy);
    if (notice === "sent") page.told = true;
    else turn.held.push({ title: page.title, severity: page.severity });
  }
  const { pageId, subjectKind, subject, region } = page;
  changes.push({ pageId, at, change, subjectKind, subject, severity: page.severity, region, size, texts, notice });
}

interface Timer {
  readonly due: number;
  fire(turn: Turn): void;
}

/** The timer with the earliest deadline; one at Infinity when nothing waits. */
function nextTimer({ clocks, budget }: Pager, policy: AlertPolicy): Timer {
  let next: Timer = { due: Number.POSITIVE_INFINITY, fire() {} };
  for (const clock of CLOCKS) {
    const state = clocks[clock];
    const { page, emptySince } = state;
    if (page === undefined || emptySince === undefined || emptySince + policy.clearAfter >= next.due) continue;
    const fire = (turn: Turn) => {
      state.page = undefined;
      state.emptySince = undefined;
      tell(turn, page, "resolved", page.saidSize, turn.writer.over(page));
    };
    next = { due: emptySince + policy.clearAfter, fire };
  }
  const { digest } = budget;
  if (digest !== undefined && digest.lastAt + policy.digestFor < next.due) {
    const fire = (turn: Turn) => {
      budget.digest = undefined;
      tell(turn, digest.page, "resolved", digest.count, turn.writer.over(digest.page));
    };
    next = { due: digest.lastAt + policy.digestFor, fire };
  }
  return next;
}

function newPage(subjectKind: OpenPage["subjectKind"], subject: string, pageId: string): OpenPage {
  const title = { "zh-CN": "", en: "" };
  return { pageId, subjectKind, subject, region: "", title, saidSize: 0, severity: "info", told: false };
}
