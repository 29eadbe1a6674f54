/** What the page is told by the process it runs in; everything else it reads from the store. */
export type LiveStatus = {
  readonly phase: "starting" | "running" | "finished" | "failed";
  /** Seconds of event time a second; null when events come as they happen. */
  readonly speed: number | null;
  /** Records handled a second, lately. */
  readonly eventsPerSecond: number;
  /** Records waiting in the log; 0 means there is nothing to do. */
  readonly pending: number;
  /** Share of a replay that is done, 0..1; null when there is no end. */
  readonly progress: number | null;
  /** A sentence for a person: why it failed, what it is doing. */
  readonly detail?: string | undefined;
};
