import type { ReplayScore } from "./replay.ts";

/** A score as a table for people. */
export function tellScore({ orders, placed, pages, findings, baseline, risks }: ReplayScore["score"]): string {
  const hours = (x: number | null) => (x === null ? "-" : `${x} h`);
  const when = placed === null ? "" : `, placed ${placed.first.slice(0, 10)} to ${placed.last.slice(0, 10)}`;
  const head = [
    "finding",
    "count",
    "precision",
    "recall",
    "before promise (p10)",
    "before complaint (p10)",
    "false a week",
  ];
  const rows = [...findings, ...baseline].map((one) => [
    one.kind,
    String(one.count),
    String(one.precision ?? "-"),
    String(one.recall ?? "-"),
    `${hours(one.beforePromise.medianHours)} (${hours(one.beforePromise.p10Hours)})`,
    `${hours(one.beforeComplaint.medianHours)} (${hours(one.beforeComplaint.p10Hours)})`,
    String(one.falseAWeek),
  ]);
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => (row[i] as string).length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join("  ")
      .trimEnd();
  return [
    `${orders} orders${when}; pages ${pages.count}, ${pages.falseAWeek} a week false`,
    line(head),
    ...rows.map(line),
    ...risks
      .filter(({ open }) => open > 0)
      .map(
        ({ daysBefore, open, rule, precisionAtRecall60, calibrationError, intervalCoverage }) =>
          `${daysBefore} days before: ${open} open, rule ${rule}, precision ${precisionAtRecall60 ?? "-"} at recall 0.6, calibration error ${calibrationError}, interval holds ${intervalCoverage}`,
      ),
  ].join("\n");
}
