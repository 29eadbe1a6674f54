import type { Course, CourseStage } from "../../forecasting/promise/course.ts";
import type { DueAhead } from "../../forecasting/promise/due-ahead.ts";
import type { Listener, Look } from "../../forecasting/promise/oracle.ts";
import type { RiskModel } from "../../forecasting/promise/risk-model.ts";
import { canonical, digest } from "../../ingest/contracts/canonical.ts";
import { type Finding, say } from "../shell/finding.ts";
import type { Out } from "../shell/machine.ts";

/** How long before the promise an order that still waits in a stage is warned of, ms: while nothing is learned. */
export type Leads = Readonly<Record<CourseStage, number>>;

/** An order that was looked at: what was said of it. */
interface Said {
  verdict: "at_risk" | "fine" | "";
  warned: Finding | undefined;
}

export const versionOf = (model: RiskModel): string => digest(JSON.stringify(model)).slice(0, 12);

/**
 * Turns looks at orders into rows: a risk at the landmarks and whenever the verdict changes, and one finding for
 * each promise, opened when the verdict is first bad and ended by the order or its promise.
 */
export class Warnings implements Listener {
  /** Where rows go; undefined while the past is only gone through again. */
  out: Out | undefined;
  readonly #said = new Map<string, Said>();
  readonly #warnAt: number;
  readonly #leads: Leads;
  readonly #policy: string;
  #version = "";

  constructor(warnAt: number, leads: Leads, policy: string) {
    this.#warnAt = warnAt;
    this.#leads = leads;
    this.#policy = policy;
  }

  onLook(look: Look): void {
    const { course, at, forecast, stage } = look;
    const said = this.#said.get(course.orderId) ?? { verdict: "", warned: undefined };
    this.#said.set(course.orderId, said);
    const verdict = this.#judge(look) ? "at_risk" : "fine";
    const changed = verdict !== said.verdict;
    said.verdict = verdict;
    if (verdict === "at_risk" && !said.warned) {
      said.warned = this.#finding(look);
      if (this.out) say("opened", said.warned, { partition: 0, offset: 0, at }, this.#policy, this.out);
    }
    if (!forecast || !this.out || !(look.landmark || changed)) return;
    const { eta, low, high } = forecast.arrival();
    this.out("promise_risks", {
      order_id: course.orderId,
      as_of: at,
      promised_by: course.promised,
      days_before: look.daysBefore,
      stage,
      risk: forecast.risk,
      eta,
      eta_low: low,
      eta_high: high,
      model: this.#version,
      verdict,
      evidence: JSON.stringify(forecast.shares()),
    });
  }

  onPromise(course: Course, at: number, kept: boolean): void {
    if (!kept) this.#end(course.orderId, at, "broken");
    this.#said.delete(course.orderId);
  }

  onChange(course: Course, at: number, promised: number): void {
    if (!Number.isNaN(course.closed)) {
      const onTime = course.closed <= course.promised;
      this.#end(course.orderId, at, Number.isNaN(course.delivered) ? "closed" : onTime ? "kept" : "broken");
    } else if (!Number.isNaN(promised)) {
      this.#end(course.orderId, at, "promise_moved");
      this.#said.delete(course.orderId);
    }
  }

  /** Kept whole, so that what it said can be computed again. */
  onModel(model: RiskModel): void {
    this.#version = versionOf(model);
    if (this.out)
      this.out("promise_models", {
        version: this.#version,
        in_force_from: model.learnedTo,
        learned_to: model.learnedTo,
        looks: model.rows,
        missed: model.late,
        body: JSON.stringify(model),
      });
  }

  onDay(at: number, ahead: readonly DueAhead[]): void {
    for (const { region, days, due, open, predicted, variance } of ahead) {
      if (region === "") continue;
      const sums = { predicted: round(predicted), variance: round(variance) };
      if (this.out) this.out("promise_outlook", { as_of: at, region, days_ahead: days, due, open, ...sums });
    }
  }

  #judge({ course, at, stage, forecast }: Look): boolean {
    return forecast ? forecast.risk >= this.#warnAt : at >= course.promised - this.#leads[stage];
  }

  #end(orderId: string, at: number, reason: string): void {
    const said = this.#said.get(orderId);
    if (!said?.warned) return;
    if (this.out) say("ended", said.warned, { partition: 0, offset: 0, at }, this.#policy, this.out, reason);
    said.warned = undefined;
    this.#said.delete(orderId);
  }

  #finding({ course, stage, at, forecast }: Look): Finding {
    const { orderId, promised, customer, merchant, category, carrier, destination } = course;
    return {
      kind: "promise_at_risk",
      subjectKind: "order",
      subjectId: orderId,
      since: promised,
      due: promised,
      about: {
        orderId,
        customerId: customer || undefined,
        merchantId: merchant || undefined,
        category: category || undefined,
        carrier: carrier || undefined,
        region: destination || undefined,
      },
      evidence: forecast
        ? {
            risk: round(forecast.risk),
            model: this.#version,
            stage,
            asOf: at,
            because: JSON.parse(canonical(forecast.shares())),
          }
        : { leadMs: this.#leads[stage], stage, asOf: at },
    };
  }
}

const round = (x: number): number => Math.round(x * 1e4) / 1e4;
