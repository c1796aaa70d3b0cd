import { statSync } from 'node:fs'
import { toMessage } from '../../errors.ts'
import { isShortage, listKeyFiles, readKeyList, type KeyList } from './key-list.ts'

/** Public keys (as Z85) and the names of their owners. */
export type KeyNames = ReadonlyMap<string, string>

/** What has changed since the list was read the last time. */
export interface KeyChanges {
  added: KeyNames
  /** keys that aren't authorized any more: their connections are to be cut */
  removed: KeyNames
  /** what was skipped and why, one sentence each, without any key */
  warnings: readonly string[]
}

/** How often files are looked at. Unit: ms */
const lookMs = 1000

/** Looking takes at most this part of the time: with thousands of files on a slow disk it becomes rarer. */
const maxShare = 0.01

/** The keys that may connect, read again when their files change. */
export class AuthorizedKeys {
  readonly #path: string
  #names: KeyNames = new Map()
  /** undefined where it could not be read last time */
  #readState: string | undefined
  #seenState: string | undefined
  /** whether it was told that the list can't be read for want of a file descriptor */
  #isShort = false
  #timer: NodeJS.Timeout | undefined

  /**
   * Reads the list.
   * @param path of a folder or a file
   * @returns with the warnings about what was skipped
   * @throws ERR_ZMQ_PUB_KEY where it can't be read at all, or a file has no valid key
   */
  static read(path: string): { keys: AuthorizedKeys; warnings: readonly string[] } {
    const keys = new AuthorizedKeys(path)
    keys.#readState = lookAt(path)
    const { names, warnings } = readKeyList(path)
    keys.#names = names
    return { keys, warnings }
  }

  private constructor(path: string) {
    this.#path = path
  }

  /** All keys and their names. */
  get names(): KeyNames {
    return this.#names
  }

  /** @param publicKey as Z85 @returns undefined where the key isn't authorized */
  nameOf(publicKey: string): string | undefined {
    return this.#names.get(publicKey)
  }

  /**
   * Reads the list again now. What can't be read authorizes nobody; only where no file descriptor is left the
   * list stays as it is, and a watch tries again.
   */
  reread(): KeyChanges {
    const state = lookAt(this.#path)
    const before = this.#names
    const { names, warnings } = readOrNone(this.#path) ?? {}
    if (state === undefined || !names) {
      const isKnown = this.#isShort
      this.#isShort = true
      this.#readState = undefined
      return { added: none, removed: none, warnings: isKnown ? [] : [shortage(this.#path)] }
    }
    this.#isShort = false
    this.#readState = this.#seenState = state
    this.#names = names
    return {
      added: subtract(names, before),
      removed: subtract(before, names),
      warnings: warnings ?? []
    }
  }

  /** Reads the list again whenever a file has changed, appeared or disappeared, and reports what that changed. */
  watch(onChange: (changes: KeyChanges) => void): void {
    this.unwatch()
    this.#seenState = this.#readState
    this.#watchAfter(lookMs, onChange)
  }

  /** Ends `watch`. */
  unwatch(): void {
    clearTimeout(this.#timer)
  }

  #watchAfter(waitMs: number, onChange: (changes: KeyChanges) => void): void {
    this.#timer = setTimeout(() => {
      const start = performance.now()
      const state = lookAt(this.#path)
      // Read once it was the same twice: a file may be half written, or replaced by deleting it first.
      const isSettled = state !== undefined && state === this.#seenState
      if (state !== undefined) this.#seenState = state
      const nextMs = Math.max(lookMs, (performance.now() - start) / maxShare)
      this.#watchAfter(nextMs, onChange)
      if (isSettled && state !== this.#readState) onChange(this.reread())
    }, waitMs).unref()
  }
}

const none: KeyNames = new Map()

function shortage(path: string): string {
  return `no file descriptor is left to read the authorized keys in ${path}: they stay as they are until one is free`
}

/** @returns undefined where no file descriptor is left */
function readOrNone(path: string): KeyList | undefined {
  try {
    return readKeyList(path)
  } catch (error) {
    if (isShortage(error)) return undefined
    const warning = `${toMessage(error)}; until that is repaired no client can connect`
    return { names: new Map(), warnings: [warning] }
  }
}

function subtract(from: KeyNames, without: KeyNames): KeyNames {
  return new Map([...from].filter(([key, name]) => without.get(key) !== name))
}

/** The state of all files, without their contents: it differs when one of them does. Undefined where no file descriptor is left. */
function lookAt(path: string): string | undefined {
  try {
    const files = listKeyFiles(path) ?? [path]
    return files.map(lookAtFile).join('\n')
  } catch (error) {
    return isShortage(error) ? undefined : toMessage(error)
  }
}

function lookAtFile(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats ? `${path}\0${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}` : path
}
