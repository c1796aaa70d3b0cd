import type { Sender, SenderMessage } from '../sender/sender.ts'

/** What carries the messages of a transport's senders: a connection, or the one in use of several. */
export interface Carrier {
  /** Whether a subscriber takes the live sender's records, and answers where an answer is expected. */
  readonly isConnected: boolean
  /** Whether an expected answer is overdue: see Reachability. */
  readonly isUnreachable: boolean
  /** Whether a collector is connected, but hasn't subscribed to the live sender's topic. */
  readonly isRefused: boolean
  /** Why what answers can't be used, where that is known: it doesn't take the transport's keys, or is no gateway. */
  readonly refusal: string | undefined
  /** How often a collector or another subscriber has subscribed, after the first time. */
  readonly reconnects: number
  /** Adds a sender, whose messages follow those of the senders before it. */
  add(sender: Sender): void
  /** Removes a sender that was added, and sends its bye. The live one stays, whatever is asked. */
  remove(sender: Sender, bye: SenderMessage): void
  /** Looks what has come, and starts to send what the senders have; returns at once. */
  pump(): void
  /** As `pump`, when it is time. @param at in ms, as of performance.now() */
  pumpAt(at: number): void
  /** Hands over at once whatever may be in flight, for a process that ends now. Nothing on the plain wire. */
  sendNow(): void
  /** Sends messages of the live sender before the end, whatever is in flight. Nothing on the plain wire. */
  sendFinal(messages: (SenderMessage | undefined)[]): void
  /** @param lingerMs how long libzmq may take to send what it holds */
  close(lingerMs: number): void
}
