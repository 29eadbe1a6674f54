import type { Explained, Judged, Silence, Step, Told } from "./read.ts";

const round = (x: number, digits = 1): number => Math.round(x * 10 ** digits) / 10 ** digits;
const percent = (x: number): string => `${Math.round(100 * x)} %`;
const kind = ({ measure, type }: { readonly measure: string; readonly type: string }) =>
  type === "" ? measure : `${measure} (${type})`;

/** An incident explained, as lines for a person. */
export function tellIncident({ incidentId, dimension, value, since, steps, silentIf, pages }: Explained): string {
  const [first] = steps;
  const rule = first?.evidence.rule;
  return [
    `incident ${incidentId}: ${dimension} ${value}, since ${since}`,
    "",
    "What happened",
    ...steps.map(stepLine),
    "",
    "Why it fired",
    ...(first?.evidence.alarms ?? []).map(alarmLine),
    ...(rule
      ? [
          `  An alarm needs p <= ${rule.alpha.toPrecision(2)} (${rule.falsePagesPerWeek} false pages a week asked for), ${rule.minCount} or more, and ${rule.minRatio} times the expected; policy ${first?.policy}.`,
        ]
      : []),
    "",
    "What drove it",
    ...causeLines(steps),
    "",
    "What would have kept it silent, each alone",
    ...silentIf.map((silence) => `  ${silenceLine(silence)}`),
    "",
    pages.length === 0
      ? "Nobody was paged about it."
      : `Pages: ${pages.map(({ pageId, severity }) => `${pageId} (${severity})`).join(", ")}`,
  ].join("\n");
}

const stepLine = (step: Step): string =>
  `  ${step.at} ${step.change}: ${kind(step)}, ${step.size} beyond the expected; ${step.parcels} parcels, ${step.cases} complaints, ${step.customers} customers` +
  (step.next24 > 0 ? `; ${round(step.next24)} in the next 24 h` : "") +
  (step.failingSince === null ? "" : `; failing since ${step.failingSince}`) +
  (step.remedy === "" ? "" : `; suggested: ${step.remedy}`);

const alarmLine = (one: Judged): string =>
  one.ahead
    ? `  ${kind(one)}: ${one.observed} of ${one.ahead.due} due by ${new Date(one.ahead.by).toISOString().slice(0, 10)} (${one.ahead.open} open), usual ${round(one.expected)}, p ${one.pValue.toPrecision(2)}, silent up to ${one.upper}`
    : happenedLine(one);

const happenedLine = (one: Judged): string =>
  `  ${kind(one)} in ${one.hours} h: ${one.observed}, expected ${round(one.expected)}, p ${one.pValue.toPrecision(2)}, silent up to ${one.upper}` +
  (one.events === undefined || one.ratio === undefined
    ? ""
    : ` (${round(one.ratio, 2)} times the common rate, from ${one.events} events)`);

function causeLines(steps: readonly Step[]): string[] {
  const told = steps.findLast(({ causes }) => causes.length > 0);
  if (!told) return ["  Nothing stands out beyond the place itself."];
  return told.causes.map(
    (one) =>
      `  ${one.name}: ${percent(one.share)} of the excess (${percent(one.low)} to ${percent(one.high)}), ${one.observed} seen, ${round(one.expected)} expected`,
  );
}

function silenceLine({ what, at }: Silence): string {
  if (what === "count") return `no more than ${at} in its window`;
  if (what === "alpha") return `falsePagesPerWeek so low that p must be below ${at.toPrecision(2)}`;
  return `hotspot.${what} of ${what === "minRatio" ? round(at, 3) : at} or more`;
}

/** All incidents, one a line. */
export function tellList({ incidents, pages, findings }: Told): string {
  return [
    ...incidents.map(
      (one) =>
        `${one.incidentId}  ${one.openedAt}  ${one.dimension} ${one.value}  ${kind(one as unknown as Judged)}  ${one.size}`,
    ),
    `${incidents.length} incidents, ${pages.length} pages, ${findings.reduce((sum, { total }) => sum + total, 0)} findings`,
  ].join("\n");
}
