import type { Members } from './members.ts'

/** The keys of the members that mean the same in all records of a sender. */
export interface RoleKeys {
  messageKey: string
  errorKey: string
}

/** Indexes of the members that have a meaning, -1 where there is none. */
export interface Roles {
  level: number
  time: number
  topic: number
  message: number
  error: number
}

/**
 * Finds the members that have a meaning. pino writes level and time first and what the app gives
 * behind them, so the first level and the first time count; of topics, messages and errors the last,
 * as in JSON.parse.
 */
export function findRoles({ keys, isText }: Members, { messageKey, errorKey }: RoleKeys): Roles {
  const roles: Roles = { level: -1, time: -1, topic: -1, message: -1, error: -1 }
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]
    if (key === 'level') roles.level = roles.level === -1 ? index : roles.level
    else if (key === 'time') roles.time = roles.time === -1 ? index : roles.time
    else if (key === 'topic') roles.topic = isText[index] ? index : roles.topic
    else if (key === messageKey) roles.message = isText[index] ? index : roles.message
    else if (key === errorKey) roles.error = index
  }
  return roles
}
