import type { ComplaintKind } from "../contracts/complaint.ts";
import type { Agenda } from "./agenda.ts";
import { type Agents, DESK_HOURS } from "./agents.ts";
import { DAY, HOUR, iso, MINUTE, nextOpen, startOfDay, weekday } from "./clock.ts";
import type { ComplaintJson, Emit, OrderJson } from "./event.ts";
import { type Grievance, words } from "./grievance.ts";
import type { Order } from "./order.ts";
import { between, chance, exponential, lognormal, pick, type Random, whole } from "./random.ts";

export type Desk = { readonly open: (order: Order, grievance: Grievance, now: number) => void };

const CHANNELS = [
  "app",
  "app",
  "app",
  "order_page",
  "order_page",
  "chat",
  "chat",
  "popup",
  "wechat",
  "phone",
  "form",
] as const;
const SHARE = {
  typed: 0.55,
  saysMajor: 0.5,
  neverClassified: 0.05,
  withoutOrder: 0.04,
  evidence: 0.3,
  withdrawn: 0.02,
  reopened: 0.06,
  calledBack: 0.85,
  again: 0.16,
  contacted: 0.4,
} as const;

const isGoods = (g: Grievance) => g === "defective" || g === "counterfeit" || g === "not_as_described";
const isMajor = (g: Grievance, order: Order): boolean =>
  g === "privacy_leak" ||
  g === "harassment" ||
  g === "counterfeit" ||
  (g === "damaged_or_lost" && order.value > 600) ||
  (g === "defective" && order.traits.includes("perishable"));

/** The service desk: cases from the customer's first word to the call-back. */
export function desk(agenda: Agenda, emit: Emit, agents: Agents, placeName: (order: Order) => string): Desk {
  let opened = 0;

  const open = (order: Order, grievance: Grievance, now: number) => {
    const { r, customer } = order;
    opened++;
    order.cases++;
    const complaintId = `TS${String(opened).padStart(6, "0")}`;
    const say = (kind: ComplaintKind, at: number, more: Partial<ComplaintJson> = {}) =>
      emit({
        stream: "complaints",
        at,
        event: { complaintId, customerId: customer.id, kind, occurredAt: iso(at), ...more },
      });

    const major = isMajor(grievance, order);
    const typed = chance(r, SHARE.typed);
    const slots = {
      item: order.merchant.category.name,
      place: grievance === "tracking_not_updated" ? order.lastHub : placeName(order),
      days: Math.max(2, Math.round((now - order.placedAt) / DAY)),
      order: order.id,
    };
    say("opened", now, {
      ...(!chance(r, SHARE.withoutOrder) && { orderId: order.id }),
      channel: pick(r, CHANNELS),
      text: words(r, grievance, slots, order.cases > 1),
      ...(typed && { type: grievance }),
      ...(major && chance(r, SHARE.saysMajor) && { severity: "major" as const }),
      nickname: customer.nickname,
      merchantId: order.merchant.id,
      carrier: order.carrier.name,
      region: order.destination,
    });

    agenda.at(now + acknowledgeSeconds(r) * 1000, (at) => say("acknowledged", at));
    const { agentId, at: answered } = agents(now, r);
    if (chance(r, SHARE.withdrawn))
      return agenda.at(now + exponential(r, 3) * HOUR + MINUTE, (at) => say("withdrawn", at));
    agenda.at(answered, (at) => {
      say("responded", at, { agentId });
      if (!typed && !chance(r, SHARE.neverClassified)) {
        const severity = major ? ("major" as const) : ("general" as const);
        agenda.at(at + lognormal(r, 25, 1) * MINUTE, (then) =>
          say("classified", then, { type: grievance, severity, agentId }),
        );
      }
      if (isGoods(grievance) && chance(r, SHARE.contacted)) contact(order, at);
      if (major)
        agenda.at(at + lognormal(r, 22, 0.8) * MINUTE, (then) => say("investigation_started", then, { agentId }));
      if (chance(r, SHARE.evidence)) agenda.at(at + exponential(r, 6) * HOUR, (then) => say("evidence_added", then));
      settle(at, agentId, SHARE.reopened);
    });
    if (!order.over && chance(r, SHARE.again)) {
      agenda.at(nextOpen(now + between(r, 8, 40) * HOUR, 7.5, 23.8), (at) => {
        if (!order.over) open(order, grievance, at);
      });
    }

    const settle = (from: number, agentId: string, reopens: number) => {
      const proposed = nextOpen(from + lognormal(r, 6, 0.9) * HOUR, DESK_HOURS.from, DESK_HOURS.to);
      agenda.at(proposed, (at) => {
        const compensation = compensationFor(r, grievance, order);
        say("solution_proposed", at, { agentId, ...(compensation > 0 && { compensation }) });
        const accepted = at + exponential(r, 2.5) * HOUR;
        if (chance(r, 0.8)) agenda.at(accepted, (then) => say("accepted", then));
        agenda.at(accepted + lognormal(r, 7, 0.9) * HOUR, (done) => finish(done, agentId, reopens));
      });
    };

    const finish = (done: number, agentId: string, reopens: number) => {
      say("resolved", done, { agentId });
      if (chance(r, reopens)) {
        return agenda.at(nextOpen(done + between(r, 2, 40) * HOUR, 7.5, 23.8), (at) => {
          say("reopened", at, { text: words(r, grievance, slots, true) });
          agenda.at(at + between(r, 10, 120) * MINUTE, (then) => say("escalated", then, { agentId }));
          settle(at, agentId, 0);
        });
      }
      if (!chance(r, SHARE.calledBack)) return;
      agenda.at(callBack(done, r), (at) => {
        const solved = chance(r, 0.86);
        const satisfaction = solved ? whole(r, 3, 5) : whole(r, 1, 3);
        say("called_back", at, { agentId, solved, satisfaction });
        agenda.at(at + between(r, 1, 30) * MINUTE, (then) => say("closed", then));
      });
    };
  };

  /** The desk calls about the goods; the shop's own record of that is an order event. */
  const contact = (order: Order, from: number) =>
    agenda.at(from + between(order.r, 5, 55) * MINUTE, (at) => {
      const event: OrderJson = { orderId: order.id, kind: "contacted", occurredAt: iso(at) };
      emit({ stream: "orders", at, event });
    });

  return { open };
}

/** A robot acknowledges; now and then its line is long. */
const acknowledgeSeconds = (r: Random): number => (chance(r, 0.97) ? between(r, 2, 45) : between(r, 61, 400));

/** In the office hours of the next working day, nearly always. */
function callBack(done: number, r: Random): number {
  let day = startOfDay(done) + DAY;
  while (weekday(day) > 4) day += DAY;
  if (chance(r, 0.05)) day += DAY;
  return day + between(r, 9.5, 17.5) * HOUR;
}

function compensationFor(r: Random, grievance: Grievance, order: Order): number {
  if (grievance === "damaged_or_lost" || grievance === "wrong_item")
    return chance(r, 0.5) ? Math.min(order.value, 300) : 10;
  if (grievance === "late" || grievance === "tracking_not_updated") return chance(r, 0.6) ? 5 : 0;
  if (grievance === "defective") return chance(r, 0.4) ? 20 : 0;
  return 0;
}
