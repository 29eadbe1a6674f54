import { type Finding, say } from "./finding.ts";
import type { Moment, Out } from "./machine.ts";

/** Something that is to be said of a subject once event time has passed `due`. */
export interface Watch {
  /** `kind@since`: names the finding within its subject. */
  readonly name: string;
  readonly due: number;
  readonly finding: Finding;
}

/** A finding that was said and has not ended. */
export interface Opened {
  readonly name: string;
  readonly due: number;
  readonly stage: string;
}

/** What a subject remembers of its findings: those open, and the names of all ever said, so that none is said twice. */
export interface Spoken {
  open: Opened[];
  said: string[];
}

export interface Voice {
  readonly policy: string;
  readonly out: Out;
}

export const nameOf = (kind: string, since: number): string => `${kind}@${since}`;

export function parseName(name: string): { readonly kind: string; readonly since: number } {
  const at = name.lastIndexOf("@");
  return { kind: name.slice(0, at), since: Number(name.slice(at + 1)) };
}

/** Says what fell due strictly before `now`, earliest first. */
export function openDue(spoken: Spoken, watches: readonly Watch[], now: number, moment: Moment, voice: Voice): void {
  let due: Watch[] | undefined;
  for (const watch of watches) {
    if (watch.due >= now || isSaid(spoken, watch)) continue;
    due ??= [];
    due.push(watch);
  }
  for (const watch of due?.sort(byDue) ?? []) {
    const { name, finding } = watch;
    spoken.said.push(name);
    spoken.open.push({ name, due: watch.due, stage: finding.stage ?? "" });
    say("opened", finding, { ...moment, at: Math.max(watch.due, moment.at) }, voice.policy, voice.out);
  }
}

/** A name is made only to be looked for. */
const isSaid = ({ said }: Spoken, watch: Watch): boolean => said.length > 0 && said.includes(watch.name);

/** Ends the open findings that `endOf` gives a reason for. */
export function endOver(
  spoken: Spoken,
  endOf: (opened: Opened) => string | undefined,
  findingOf: (opened: Opened) => Finding,
  moment: Moment,
  voice: Voice,
): void {
  if (spoken.open.length === 0) return;
  spoken.open = spoken.open.filter((opened) => {
    const reason = endOf(opened);
    if (reason !== undefined) say("ended", findingOf(opened), moment, voice.policy, voice.out, reason);
    return reason === undefined;
  });
}

/** The next deadline among what was not said yet; Infinity when there is none. */
export function nextDue(spoken: Spoken, watches: readonly Watch[]): number {
  let next = Number.POSITIVE_INFINITY;
  for (const watch of watches) if (watch.due < next && !isSaid(spoken, watch)) next = watch.due;
  return next;
}

const byDue = (a: Watch, b: Watch) => a.due - b.due || (a.name < b.name ? -1 : 1);
