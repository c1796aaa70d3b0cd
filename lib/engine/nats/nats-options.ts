/** Where a stream of NATS JetStream is, and how to get there: checked and with defaults filled in. */
export interface NatsConnectOptions {
  /** addresses such as `nats://10.0.0.1:4222`; one that answers is enough */
  servers: string[]
  stream: string
  /** path of a file with a user's JWT and key, as `nsc` writes it; '' = none */
  credentials: string
  /** paths of PEM files; '' = none. Without any, the servers decide whether the connection is encrypted */
  tls: { ca: string; cert: string; key: string }
}

/** What a gateway needs besides: how the stream is made if it is missing. */
export interface NatsStreamOptions extends NatsConnectOptions {
  /** of the subjects `<subject>.0`, `<subject>.1` … */
  subject: string
  partitions: number
  replicas: number
  /** The stream refuses messages above this. 0 = no limit. Unit: bytes */
  maxBytes: number
}
