export interface Pool<Client> {
  /** Lends a client to one piece of work at a time, in order of asking. */
  use<T>(work: (client: Client) => Promise<T>): Promise<T>;
  /** Waits for what is lent, then closes every client. */
  close(): Promise<void>;
}

/**
 * At most `size` clients, opened when needed. A client whose work failed is closed and never lent again:
 * chDB leaves what a failed statement had written in its connection, and the next answer would begin with it.
 */
export function createPool<Client>(how: {
  size: number;
  open: () => Promise<Client>;
  close: (client: Client) => Promise<void>;
}): Pool<Client> {
  const idle: Client[] = [];
  const line: (() => void)[] = [];
  let lent = 0;
  let closed = false;

  const leave = () => {
    lent--;
    line.shift()?.();
  };

  const enter = async () => {
    while (lent >= how.size) await new Promise<void>((turn) => line.push(turn));
    lent++;
  };

  const lend = async <T>(work: (client: Client) => Promise<T>): Promise<T> => {
    const client = idle.pop() ?? (await how.open());
    try {
      const result = await work(client);
      idle.push(client);
      return result;
    } catch (error) {
      await how.close(client);
      throw error;
    }
  };

  return {
    use: async (work) => {
      await enter();
      try {
        if (closed) throw new Error("the pool is closed");
        return await lend(work);
      } finally {
        leave();
      }
    },
    close: async () => {
      closed = true;
      const size = how.size;
      for (let i = 0; i < size; i++) await enter();
      for (const client of idle.splice(0)) await how.close(client);
      for (let i = 0; i < size; i++) leave();
    },
  };
}
