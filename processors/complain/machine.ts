import type { ComplaintEvent } from "../../ingest/contracts/read.ts";
import { Cut, linesOf } from "../shell/cut.ts";
import { say } from "../shell/finding.ts";
import type { Machine, Moment, Out } from "../shell/machine.ts";
import { conflictOf } from "../shell/named.ts";
import { Timers } from "../shell/timers.ts";
import { endOver, nextDue, openDue, parseName } from "../shell/watch.ts";
import { type Case, closedAt, issueOf, join, newCase } from "./case.ts";
import { endOf, findingOf, watches } from "./clocks.ts";
import { factOf } from "./fact.ts";
import type { ComplainPolicy } from "./policy.ts";

/** The cases of one partition's customers: runs their clocks and sees the customer who complains again. */
export function createComplain(policy: ComplainPolicy, policyVersion: string): Machine<ComplaintEvent> {
  const customers = new Map<string, Map<string, Case>>();
  const timers = new Timers();
  let open = 0;
  /** What is being saved, as it was. */
  let cut: Cut<Case> | undefined;

  const timerKey = (known: Case) => `${known.customerId}\n${known.complaintId}`;
  const arm = (known: Case) =>
    timers.set(timerKey(known), Math.min(known.lastEventAt + policy.remember, nextDue(known, watches(known, policy))));
  const isOpen = (known: Case) => known.first.opened !== undefined && closedAt(known) === undefined;

  function end(known: Case, why: Parameters<typeof endOver>[1], moment: Moment, out: Out): void {
    const ended = (breach: Case["open"][number]) => {
      const { kind, since } = parseName(breach.name);
      return findingOf(known, kind, since, breach.due);
    };
    endOver(known, why, ended, moment, { policy: policyVersion, out });
  }

  function settle(known: Case, now: number, moment: Moment, out: Out): void {
    openDue(known, watches(known, policy), now, moment, { policy: policyVersion, out });
    end(known, (breach) => endOf(breach, known), moment, out);
    arm(known);
  }

  /** Same customer, same issue: said once, when there are enough complaints within the window. */
  function sayRepeat(known: Case, moment: Moment, out: Out): void {
    const issue = issueOf(known);
    if (issue === undefined || known.first.opened === undefined) return;
    const latest = known.first.opened;
    const alike = [...(customers.get(known.customerId)?.values() ?? [])]
      .filter((other) => issueOf(other) === issue && other.first.opened !== undefined)
      .map((other) => ({ id: other.complaintId, at: other.first.opened ?? 0 }))
      .filter(({ at }) => Math.abs(at - latest) <= policy.repeatWithin)
      .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    const first = alike[0];
    const name = `repeat_complaint ${issue}`;
    if (!first || alike.length < policy.repeatFrom) return;
    const spoken = [...(customers.get(known.customerId)?.values() ?? [])].some((other) => other.said.includes(name));
    if (spoken) return;
    known.said.push(name);
    const finding = findingOf(known, "repeat_complaint", first.at, latest);
    const evidence = { issue, complaints: alike.map(({ id }) => id) };
    say(
      "opened",
      { ...finding, subjectKind: "customer", subjectId: known.customerId, evidence },
      moment,
      policyVersion,
      out,
    );
  }

  return {
    apply(event, moment, out) {
      const cases = customers.get(event.customerId) ?? new Map<string, Case>();
      let known = cases.get(event.complaintId);
      if (known) cut?.touch(known);
      const conflict = known && conflictOf(known.named, event);
      if (conflict) return conflict;
      out("complaint_events", factOf(event, moment));
      if (known) settle(known, event.occurredAt, moment, out);
      else {
        if (event.occurredAt < moment.at - policy.remember) return undefined;
        known = newCase(event);
        conflictOf(known.named, event);
        cases.set(event.complaintId, known);
        customers.set(event.customerId, cases);
      }
      const before = isOpen(known);
      join(known, event, policy);
      open += Number(isOpen(known)) - Number(before);
      settle(known, moment.at, moment, out);
      sayRepeat(known, moment, out);
      return undefined;
    },
    nextDue: () => timers.nextDue(),
    fire(moment, out) {
      const timer = timers.take();
      if (!timer) return;
      const [customerId = "", complaintId = ""] = timer.key.split("\n");
      const cases = customers.get(customerId);
      const known = cases?.get(complaintId);
      if (!cases || !known) return;
      cut?.touch(known);
      if (known.lastEventAt + policy.remember > timer.due) {
        settle(known, Math.max(timer.due + 1, moment.at), moment, out);
        return;
      }
      cases.delete(complaintId);
      if (cases.size === 0) customers.delete(customerId);
      if (isOpen(known)) open -= 1;
      end(known, () => "given_up", moment, out);
    },
    open: () => open,
    save() {
      cut = new Cut(
        [...customers.values()].flatMap((cases) => [...cases.values()]),
        (known) => JSON.stringify(known),
      );
      return cut.blocks();
    },
    load(block) {
      for (const line of linesOf(block)) {
        const known = JSON.parse(line) as Case;
        const cases = customers.get(known.customerId) ?? new Map<string, Case>();
        customers.set(known.customerId, cases.set(known.complaintId, known));
        if (isOpen(known)) open += 1;
        arm(known);
      }
    },
  };
}
