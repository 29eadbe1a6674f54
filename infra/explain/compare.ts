import type { Told } from "./read.ts";

/** What one policy said and another did not. */
export interface Difference {
  readonly incidents: Sides<Told["incidents"][number]>;
  readonly pages: Sides<string>;
  /** By kind: how many under the former and under the new policy, and whether they are the very same. */
  readonly findings: readonly {
    readonly kind: string;
    readonly before: number;
    readonly after: number;
    readonly same: boolean;
  }[];
}

export interface Sides<One> {
  readonly new: readonly One[];
  readonly gone: readonly One[];
  readonly same: number;
}

/**
 * Compares what was said by ids, which are made of what they are about: an incident that opens an hour later under another
 * policy is told under the id of that hour, so those of one place whose times overlap are the same.
 */
export function compareSaid(before: Told, after: Told): Difference {
  const matched = new Set<string>();
  const fresh = after.incidents.filter((one) => {
    const twin = before.incidents.find(
      (old) => !matched.has(old.incidentId) && (old.incidentId === one.incidentId || overlap(old, one)),
    );
    if (twin) matched.add(twin.incidentId);
    return twin === undefined;
  });
  const kinds = [...new Set([...before.findings, ...after.findings].map(({ kind }) => kind))].sort();
  const [was, is] = [new Set(before.pages), new Set(after.pages)];
  return {
    incidents: {
      new: fresh,
      gone: before.incidents.filter(({ incidentId }) => !matched.has(incidentId)),
      same: matched.size,
    },
    pages: {
      new: after.pages.filter((page) => !was.has(page)),
      gone: before.pages.filter((page) => !is.has(page)),
      same: after.pages.filter((page) => was.has(page)).length,
    },
    findings: kinds.map((kind) => {
      const [a, b] = [before, after].map(({ findings }) => findings.find((one) => one.kind === kind));
      return { kind, before: a?.total ?? 0, after: b?.total ?? 0, same: a?.digest === b?.digest };
    }),
  };
}

type Incident = Told["incidents"][number];

function overlap(a: Incident, b: Incident): boolean {
  if (a.dimension !== b.dimension || a.value !== b.value) return false;
  const end = (one: Incident) => String(one.resolvedAt ?? "9");
  return String(a.openedAt) <= end(b) && String(b.openedAt) <= end(a);
}

/** The difference as lines for a person. */
export function tellDifference({ incidents, pages, findings }: Difference): string {
  const line = (mark: string) => (one: Incident) =>
    `  ${mark} ${one.openedAt} ${one.dimension} ${one.value} (${one.measure}), ${one.size} beyond the expected`;
  return [
    `Under this policy: ${incidents.new.length} incidents new, ${incidents.gone.length} gone, ${incidents.same} the same;`,
    `${pages.new.length} pages new, ${pages.gone.length} gone, ${pages.same} the same.`,
    ...incidents.new.map(line("+")),
    ...incidents.gone.map(line("-")),
    ...findings
      .filter(({ same }) => !same)
      .map(({ kind, before, after }) => `  ${kind}: ${before} findings before, ${after} now`),
  ].join("\n");
}
