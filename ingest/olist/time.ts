import { DateTime } from "luxon";
import { InputError } from "../input.ts";

/** The files give local times of the marketplace and no offset. */
const ZONE = "America/Sao_Paulo";
const WRITTEN = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;

export interface Moment {
  /** Ms since 1970. */
  readonly at: number;
  /** ISO 8601 with the offset that held then. */
  readonly iso: string;
}

/** The start of an hour, and what its moments have in common when written. */
interface Hour extends Moment {
  readonly prefix: string;
  readonly offset: string;
}

const momentOf = (time: DateTime): Moment => ({
  at: time.toMillis(),
  iso: time.toISO({ suppressMilliseconds: true }) ?? "",
});

/**
 * Local times of the files as moments. Of an hour that happens twice, when summer time ends, the second is meant;
 * one that is left out, when it begins, is read as the hour after it.
 */
export class LocalClock {
  /** Looking an offset up is slow, and the files have a million times in few hours. */
  readonly #hours = new Map<string, Hour>();
  readonly #ends = new Map<string, Moment>();

  /** @throws InputError when the text is no such time */
  read(text: string, where: string): Moment {
    const hour = WRITTEN.test(text) ? this.#hour(text.slice(0, 13)) : undefined;
    const [minute, second] = [Number(text.slice(14, 16)), Number(text.slice(17, 19))];
    if (hour === undefined || Number.isNaN(hour.at) || minute > 59 || second > 59) {
      throw new InputError(`${where}: expected a time such as 2017-11-24 09:30:00, got ${JSON.stringify(text)}`);
    }
    return {
      at: hour.at + (minute * 60 + second) * 1000,
      iso: `${hour.prefix}${text.slice(13)}${hour.offset}`,
    };
  }

  /** The end of a promised day: the midnight after it, or the first moment of the next day where it has none. */
  endOfDay(text: string, where: string): Moment {
    this.read(text, where);
    const day = text.slice(0, 10);
    const known = this.#ends.get(day);
    if (known) return known;
    const end = momentOf(DateTime.fromISO(day, { zone: ZONE }).plus({ days: 1 }).startOf("day"));
    this.#ends.set(day, end);
    return end;
  }

  moment(at: number): Moment {
    return momentOf(DateTime.fromMillis(at, { zone: ZONE }));
  }

  #hour(text: string): Hour {
    const known = this.#hours.get(text);
    if (known) return known;
    const start = DateTime.fromISO(text.replace(" ", "T"), { zone: ZONE });
    const { at, iso } = momentOf(start);
    const hour = { at, iso, prefix: iso.slice(0, 13), offset: iso.slice(19) };
    this.#hours.set(text, hour);
    return hour;
  }
}
