import type { Members } from './members.ts'

/** The keys that a sender's logger is known to use; undefined or '' where it isn't known. */
export interface RoleKeys {
  levelKey?: string | undefined
  timeKey?: string | undefined
  messageKey?: string | undefined
  errorKey?: string | undefined
}

/** @param given what the sender has named @param defaults for those that it has not */
export function resolveKeys(given: RoleKeys, defaults: RoleKeys): RoleKeys {
  return {
    levelKey: given.levelKey || defaults.levelKey,
    timeKey: given.timeKey || defaults.timeKey,
    messageKey: given.messageKey || defaults.messageKey,
    errorKey: given.errorKey || defaults.errorKey
  }
}

/** Indexes of the members that have a meaning, -1 where there is none. */
export interface Roles {
  level: number
  time: number
  topic: number
  message: number
  error: number
}

/** By role, the keys of pino, and of other loggers such as those for Google Cloud and Elastic; an earlier one counts more. */
const usualKeys: Readonly<Record<keyof Roles, readonly string[]>> = {
  level: ['level', 'severity', 'log.level'],
  time: ['time', 'timestamp', '@timestamp'],
  topic: ['topic'],
  message: ['msg', 'message'],
  error: ['err']
}

/** A key with a meaning. */
interface KnownKey {
  key: string
  role: keyof Roles
  mustBeText: boolean
  isFirst: boolean
}

/** Finds the members with a meaning in the records of one sender. */
export class RoleFinder {
  /** of several keys with one meaning the earlier one counts; an array is faster than a Map for so few */
  readonly #known: KnownKey[] = []
  /** by the keys of a layout that `FlatRecordReader` knows: all its records have the same ones */
  readonly #byLayout = new WeakMap<readonly string[], Roles>()

  constructor({ levelKey, timeKey, messageKey, errorKey }: RoleKeys) {
    this.#add('level', levelKey)
    this.#add('time', timeKey)
    this.#add('message', messageKey)
    this.#add('error', errorKey)
    for (const role of Object.keys(usualKeys) as (keyof Roles)[]) {
      for (const key of usualKeys[role]) this.#add(role, key)
    }
  }

  #add(role: keyof Roles, key: string | undefined): void {
    if (!key || this.#known.some(known => known.key === key)) return
    const mustBeText = role === 'topic' || role === 'message'
    const isFirst = role === 'level' || role === 'time'
    this.#known.push({ key, role, mustBeText, isFirst })
  }

  /**
   * pino writes level and time first, and behind them what the app gives: the first level and the first
   * time count. Of topics, messages and errors the last does, as in JSON.parse.
   */
  find(members: Members): Roles {
    if (!members.isSafe) return this.#find(members)
    let roles = this.#byLayout.get(members.keys)
    if (!roles) this.#byLayout.set(members.keys, (roles = this.#find(members)))
    return roles
  }

  #find({ keys, isText }: Members): Roles {
    const known = this.#known
    const roles: Roles = { level: -1, time: -1, topic: -1, message: -1, error: -1 }
    const ranks: Roles = { ...noRanks }
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index]
      for (let rank = 0; rank < known.length; rank++) {
        const candidate = known[rank] as KnownKey
        if (candidate.key !== key) continue
        const { role, mustBeText, isFirst } = candidate
        const isWorse = isFirst ? rank >= ranks[role] : rank > ranks[role]
        if (isWorse || (mustBeText && !isText[index])) break
        roles[role] = index
        ranks[role] = rank
        break
      }
    }
    return roles
  }
}

const high = Number.MAX_SAFE_INTEGER
const noRanks: Roles = { level: high, time: high, topic: high, message: high, error: high }
