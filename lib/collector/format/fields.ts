/** Members of a record as ` key=value`, for the text format. */
import { readMembers, readText, toJson, type Members } from '../../record/members.ts'
import { unsafeCharacters } from '../../util/unsafe-characters.ts'
import { getOwn } from '../../util/object.ts'

/** The member at this index as ` key=value`, '' where it is -1. */
export function toField(record: Members, index: number): string {
  return index === -1
    ? ''
    : toFieldStart(record.keys[index] as string) + toFieldValue(record, index)
}

/** ` key=` */
export function toFieldStart(key: string): string {
  return ` ${isBare(key) ? key : JSON.stringify(key)}=`
}

/** The value at this index: a text as it is or quoted as in JSON, everything else as it is in the record. */
export function toFieldValue({ values, isText }: Members, index: number): string {
  const value = values[index] as string
  return !isText[index] || isBare(value) ? value : `"${value}"`
}

/** A member that an entry shows. */
interface ShownMember {
  index: number
  /** ` key=` */
  start: string
  /** as JSON, the value with which it isn't shown */
  hidden: string | undefined
  /** its value in the record before */
  value: string | undefined
  /** the same as ` key=value` */
  field: string
}

/** The members of records with the same keys that entries show. */
export class ShownMembers {
  readonly members: readonly ShownMember[]
  /** how many of the first ones had the same values in the last two records, as pid and hostname have, and their fields */
  #same = 0
  #sameFields = ''

  /** @param hidden values as JSON, by key: a member with this value is not shown */
  constructor(
    keys: readonly string[],
    isShown: (index: number) => boolean,
    hidden: Readonly<Record<string, string>> = {}
  ) {
    const members: ShownMember[] = []
    for (let index = 0; index < keys.length; index++) {
      if (!isShown(index)) continue
      const key = keys[index] as string
      const member = { index, start: toFieldStart(key), hidden: getOwn(hidden, key) }
      members.push({ ...member, value: undefined, field: '' })
    }
    this.members = members
  }

  /** The fields of a record: each ` key=value`. Only those are made anew that differ from the record before. */
  toFields(record: Members): string {
    const { members } = this
    let at = 0
    while (at < members.length && isSame(members[at] as ShownMember, record)) at++
    if (at !== this.#same) {
      this.#same = at
      const fields = members.slice(0, at).map(({ field }) => field)
      this.#sameFields = fields.join('') // unlike +, it makes one text of them at once
    }
    let fields = this.#sameFields
    for (; at < members.length; at++) {
      const member = members[at] as ShownMember
      if (!isSame(member, record)) {
        member.value = record.values[member.index] as string
        member.field = toMemberField(member, record)
      }
      fields += member.field
    }
    return fields
  }
}

/** The member as ` key=value`, '' where the entry shows its value elsewhere. */
export function toMemberField({ index, start, hidden }: ShownMember, record: Members): string {
  if (hidden !== undefined && hidden === toJson(record, index)) return ''
  return start + toFieldValue(record, index)
}

function isSame({ index, value }: ShownMember, { values }: Members): boolean {
  return values[index] === value
}

/** Whether a text needs no quotes: its end is clear, and it is the same in JSON. */
function isBare(text: string): boolean {
  return text !== '' && !quoted.test(text)
}

const quoted = new RegExp(String.raw`[\s"=\\${unsafeCharacters}]`)

/** An error as an entry shows it. */
export interface ShownError {
  stack: string
  /** its other members as ` err.key=value`, without those that the stack repeats */
  fields: string
}

/** @returns undefined where the member at this index isn't an object with a stack */
export function showError(
  { keys, values, isText }: Members,
  index: number
): ShownError | undefined {
  const error = isText[index] ? undefined : readMembers(values[index] as string)
  if (!error) return undefined
  const stackIndex = error.keys.lastIndexOf('stack')
  const stack = readText(error, stackIndex) ?? ''
  if (stack === '') return undefined
  let fields = ''
  for (const [memberIndex, key] of error.keys.entries()) {
    const isRepeated =
      (key === 'type' || key === 'message') && stack.includes(readText(error, memberIndex) ?? '\0')
    if (memberIndex === stackIndex || isRepeated) continue
    fields += toFieldStart(`${keys[index]}.${key}`) + toFieldValue(error, memberIndex)
  }
  return { stack, fields: error.rest === '' ? fields : `${fields} ${error.rest}` }
}
