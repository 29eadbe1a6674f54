import type { Agenda } from "./agenda.ts";
import { DAY, HOUR, nextOpen } from "./clock.ts";
import { promotionFactor } from "./demand.ts";
import type { Desk } from "./desk.ts";
import type { Grievance } from "./grievance.ts";
import type { Order } from "./order.ts";
import { chance, exponential, pick, weighted } from "./random.ts";
import type { Story } from "./story.ts";

/** What hurts a customer, and when and with what chance it becomes a complaint: hours to days after the pain. */
export type Pain = {
  readonly placed: (order: Order) => void;
  /** The parcel came into a yard at `arrived` and does not go on for long. */
  readonly held: (order: Order, arrived: number) => void;
  readonly delivered: (order: Order, now: number, astray: boolean) => void;
  readonly lost: (order: Order, now: number) => void;
};

/** Chances; delays are mean hours. */
const COMPLAINS = {
  before: 0.004,
  beforeInPromotion: 0.012,
  late: { first: 0.24, eachDay: 0.2, days: 4, delay: 9 },
  held: { chance: 0.26, after: 20, delay: 14 },
  lateButHere: 0.04,
  after: 0.012,
  wrongItem: { chance: 0.75, delay: 9 },
  broken: { chance: 0.7, delay: 5 },
  spoiled: { chance: 0.3, delay: 4 },
  astray: { chance: 0.5, delay: 6 },
  pickupPoint: { chance: 0.008, delay: 12 },
  lost: { chance: 0.8, delay: 10 },
} as const;

const BEFORE: readonly Grievance[] = ["cannot_cancel_or_change", "slow", "promotion_dispute"];
const IN_PROMOTION: readonly Grievance[] = [
  "promotion_dispute",
  "promotion_dispute",
  "cannot_cancel_or_change",
  "slow",
];
const AFTER: readonly (readonly [Grievance, number])[] = [
  ["not_as_described", 26],
  ["defective", 30],
  ["missing_item", 12],
  ["tedious_after_sales", 12],
  ["rude", 7],
  ["slow", 5],
  ["counterfeit", 5],
  ["privacy_leak", 2],
  ["harassment", 1],
];
const after = weighted(AFTER, ([, weight]) => weight);

export function pains(story: Story, agenda: Agenda, desk: Desk): Pain {
  /** People complain when they are awake. */
  const complain = (order: Order, grievance: Grievance, from: number, meanHours: number) => {
    const at = nextOpen(from + exponential(order.r, meanHours) * HOUR, 7.5, 23.8);
    agenda.at(at, (now) => desk.open(order, grievance, now));
  };
  const overdue = (order: Order, from: number, day: number) => {
    const { late } = COMPLAINS;
    agenda.at(nextOpen(from + exponential(order.r, late.delay) * HOUR, 7.5, 23.8), (now) => {
      if (order.over) return;
      if (chance(order.r, day === 0 ? late.first : late.eachDay)) desk.open(order, "late", now);
      if (day < late.days) overdue(order, from + DAY, day + 1);
    });
  };

  return {
    placed: (order) => {
      const promotion = promotionFactor(story, order.placedAt) > 1.5;
      if (chance(order.r, promotion ? COMPLAINS.beforeInPromotion : COMPLAINS.before)) {
        complain(order, pick(order.r, promotion ? IN_PROMOTION : BEFORE), order.placedAt, 8);
      }
      overdue(order, order.promisedBy, 0);
    },
    held: (order, arrived) => {
      const { scans, r } = order;
      const { held } = COMPLAINS;
      agenda.at(nextOpen(arrived + (held.after + exponential(r, held.delay)) * HOUR, 7.5, 23.8), (now) => {
        if (order.scans === scans && !order.over && chance(r, held.chance))
          desk.open(order, "tracking_not_updated", now);
      });
    },
    delivered: (order, now, astray) => {
      const { r } = order;
      const lateHours = (now - order.promisedBy) / HOUR;
      const { wrongItem, broken, spoiled, pickupPoint } = COMPLAINS;
      if (order.wrongItem) {
        if (chance(r, wrongItem.chance)) complain(order, "wrong_item", now, wrongItem.delay);
      } else if (order.broken) {
        if (chance(r, broken.chance)) complain(order, "damaged_or_lost", now, broken.delay);
      } else if (astray) {
        if (chance(r, COMPLAINS.astray.chance)) complain(order, "damaged_or_lost", now, COMPLAINS.astray.delay);
      } else if (lateHours > 12 && order.traits.includes("perishable")) {
        if (chance(r, spoiled.chance)) complain(order, "defective", now, spoiled.delay);
      } else if (lateHours > 0 && chance(r, COMPLAINS.lateButHere)) {
        complain(order, "late", now, 6);
      } else if (chance(r, pickupPoint.chance)) {
        complain(order, "pickup_point", now, pickupPoint.delay);
      } else if (chance(r, COMPLAINS.after)) {
        complain(order, after(r)[0], now, 30);
      }
    },
    lost: (order, now) => {
      if (chance(order.r, COMPLAINS.lost.chance)) complain(order, "damaged_or_lost", now, COMPLAINS.lost.delay);
    },
  };
}
