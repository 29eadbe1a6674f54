/** Settings of a broker that is its own controller and has nobody to replicate to. */
export function serverProperties(
  at: { dir: string; port: number; controllerPort: number },
  others: Readonly<Record<string, string>> = {},
): string {
  const settings: Record<string, string> = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.quorum.voters": `1@127.0.0.1:${at.controllerPort}`,
    "controller.listener.names": "CONTROLLER",
    listeners: `PLAINTEXT://127.0.0.1:${at.port},CONTROLLER://127.0.0.1:${at.controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${at.port}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": `${at.dir}/data`,
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    // The first member of a group need not wait for others.
    // What is tried on one machine need not wait as long for an instance that is gone as a cluster does.
    "group.min.session.timeout.ms": "1000",
    "group.initial.rebalance.delay.ms": "0",
    "log.segment.bytes": String(64 << 20),
    ...others,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value.replaceAll("\\", "\\\\")}`)
    .join("\n")}\n`;
}
