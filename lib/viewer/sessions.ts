import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** With more, the one that was used least recently ends. */
export const maxSessions = 100
/** Unit: bytes */
const idBytes = 32
/** A longer token is wrong. Unit: characters */
const maxTokenCharacters = 256

/** Who may look: browsers that have shown the token. A session lasts until the collector stops, or gives way to newer ones. */
export class Sessions {
  readonly #token: Buffer
  /** hashes of the ids, in the order of their last use: a lookup tells nothing about an id by the time it takes */
  readonly #sessions = new Set<string>()

  constructor(token: string) {
    this.#token = hash(token)
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Begins a session. @returns its id; undefined where the token is wrong */
  open(token: string): string | undefined {
    const isRight = timingSafeEqual(hash(token.slice(0, maxTokenCharacters)), this.#token)
    if (!isRight) return undefined
    const id = randomBytes(idBytes).toString('base64url')
    this.#sessions.add(hash(id).toString('base64'))
    for (const oldest of this.#sessions) {
      if (this.#sessions.size <= maxSessions) break
      this.#sessions.delete(oldest)
    }
    return id
  }

  /** Whether a session has this id. */
  has(id: string): boolean {
    const key = hash(id).toString('base64')
    if (!this.#sessions.delete(key)) return false
    this.#sessions.add(key) // as the one that was used last
    return true
  }
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** The values of a cookie in a header. Another server of the same host can add some of this name: it can't be told which one is ours. */
export function readCookies(header: string | undefined, name: string): string[] {
  return (header?.split(';') ?? []).flatMap(part => {
    const [key = '', value = ''] = part.trim().split('=', 2)
    return key === name ? [value] : []
  })
}
