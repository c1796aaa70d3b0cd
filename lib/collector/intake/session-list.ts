import type { Hello } from '../../wire/hello.ts'

/** Limits of what is kept of senders: anybody can invent as many as it likes. */
export interface SessionLimits {
  /** senders that have said hello, and of which nothing was taken yet */
  guests: number
  /** about the memory of these. Unit: bytes */
  guestBytes: number
  /** all others whose hello is kept */
  members: number
  /** about the memory of these. Unit: bytes */
  memberBytes: number
  /** senders of which only the next sequence number is kept */
  remembered: number
}

/** About 200 MB at the most. Real senders take about 1 MB for each 500 of them. */
export const defaultLimits: SessionLimits = {
  guests: 40_000,
  guestBytes: 32 * 1024 * 1024,
  members: 50_000,
  memberBytes: 64 * 1024 * 1024,
  remembered: 200_000
}

/** What a list needs to know of a session. */
interface Session {
  /** sender id, 8 bytes as latin1 */
  readonly id: string
  readonly hello: Hello
}

/** Sessions by sender id, the one whose last hello is oldest first, and about how much memory they take. */
export class SessionList<S extends Session> {
  readonly #sessions = new Map<string, { session: S; bytes: number }>()
  #bytes = 0

  /** Number of sessions. */
  get size(): number {
    return this.#sessions.size
  }

  /** About the memory of all. Unit: bytes */
  get bytes(): number {
    return this.#bytes
  }

  /** @returns undefined where it isn't in the list */
  get(senderId: string): S | undefined {
    return this.#sessions.get(senderId)?.session
  }

  /** Adds a session, or moves it to the end after a hello. */
  add(session: S): void {
    this.delete(session.id)
    const bytes = estimateBytes(session.hello)
    this.#sessions.set(session.id, { session, bytes })
    this.#bytes += bytes
  }

  /** @returns whether it was in the list */
  delete(senderId: string): boolean {
    this.#bytes -= this.#sessions.get(senderId)?.bytes ?? 0
    return this.#sessions.delete(senderId)
  }

  *[Symbol.iterator](): Iterator<S> {
    for (const { session } of this.#sessions.values()) yield session
  }
}

/** About what V8 needs for a session with this hello, one of a transport or the largest that there can be. */
export function estimateBytes({ host, app, topic = '', levels, dropped }: Hello): number {
  const characters = host.length + app.length + topic.length
  return 1000 + characters + 150 * (Object.keys(levels).length + dropped.length)
}
