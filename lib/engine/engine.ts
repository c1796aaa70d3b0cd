/**
 * What a gateway and a writer need of a replicated log, and no more. A partition is an ordered list of messages, each at
 * a position that only grows. JetStream is one engine (nats/); Kafka and RabbitMQ streams have the same: acknowledged
 * publishing with an id, and reading by position.
 */

/** A message to publish. */
export interface EngineMessage {
  partition: number
  /** The engine keeps one of several messages with the same id, if they are published within minutes. */
  id: string
  headers: Readonly<Record<string, string>>
  payload: Buffer
}

/** A message as it is read. */
export interface ReadMessage {
  /** greater than that of every message before it in the partition */
  position: number
  /** undefined where the message has no such header */
  header: (name: string) => string | undefined
  payload: Buffer
}

/** Told how reading goes. */
export interface ReadListener {
  /** nothing can be read; it is tried again */
  onTrouble: (error: Error) => void
  /** everything that is stored was read, and more is waited for: called again and again */
  onCaughtUp: () => void
}

/** A replicated log, divided into partitions. */
export interface Engine {
  /** the same for all who use the log: 8 bytes as latin1 */
  readonly id: string
  readonly partitions: number
  /** The largest payload of a message whose headers have at most `maxEntryHeaderBytes`. Unit: bytes */
  readonly maxPayloadBytes: number

  /**
   * Resolves when the message is stored safely. Where it rejects, the message may be stored or not: publish it again,
   * under the same id.
   */
  publish(message: EngineMessage): Promise<void>

  /**
   * Reads a partition in order and without gaps, and waits for new messages. Ends when the signal is aborted. Trouble
   * is waited out, and told to the listener.
   * @param from the position to start at; where nothing is stored there, the next one
   */
  read(
    partition: number,
    from: number,
    signal: AbortSignal,
    listener: ReadListener
  ): AsyncIterable<ReadMessage>

  /** Makes room where the log is more than half full: may delete the messages of a partition below a position. */
  deleteBelow(partition: number, below: number): Promise<void>

  /** Ends the connection. What is being published rejects. */
  close(): Promise<void>
}
