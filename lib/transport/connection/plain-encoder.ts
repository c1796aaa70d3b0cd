/** The plain wire, sending side: one message a record, as Python's PUBHandler sends it. */
import build from 'pino-abstract-transport'
import { toLevelName, toPinoLevelName } from '../../record/levels.ts'
import { readMembers, readScalar, readText, type Members } from '../../record/members.ts'
import type { RoleFinder } from '../../record/roles.ts'
import { splitSubtopic } from '../../record/subtopic.ts'
import { getOwn } from '../../util/object.ts'
import { toPlainTopic } from '../../wire/plain-topic.ts'
import type { Batch } from '../sender/batch.ts'

/** The settings of logger and transport that shape a plain message. */
export interface PlainSettings {
  /** root topic, '' for none */
  root: string
  /** the logger's level names, by number */
  levels: Readonly<Record<string, string>>
  /** finds the members that decide the topic */
  roles: RoleFinder
  plainFormat: 'ndjson' | 'text'
  /** level names on the wire, by pino's level name */
  plainLevels: Readonly<Record<string, string>>
}

/** What a line is read as that isn't a record. */
const emptyRecord: Members = { keys: [], values: [], isText: [], rest: '', isSafe: false }

/** The two frames of a plain message: `[topic, text]`; the text ends with a newline. */
export type PlainFrames = [topic: string, text: string]

interface Line {
  line: string
}

/**
 * Turns batches into plain messages, with pino's own line stream, as records are handled one by one
 * here. Not used on the batch wire.
 */
export class PlainEncoder {
  readonly #stream = build(() => undefined, {
    metadata: false,
    parseLine: (line): Line => ({ line })
  })

  /** One batch at a time. @returns one message a record, in the order of the batch */
  async encode(batch: Batch, settings: PlainSettings): Promise<PlainFrames[]> {
    const messages: PlainFrames[] = []
    await new Promise<void>(resolve => {
      const onLine = ({ line }: Line): void => {
        messages.push(toPlainFrames(line, settings))
        if (messages.length < batch.count) return
        this.#stream.off('data', onLine)
        resolve()
      }
      this.#stream.on('data', onLine)
      this.#stream.write(batch.payload)
    })
    return messages
  }

  close(): void {
    this.#stream.destroy()
  }
}

/**
 * Topic and text of one record: `[root.]LEVEL[.subtopic]` and the record, or its message alone.
 * The sub-topic is the record's `topic`, or the part of its message before `::`.
 * A line that isn't a JSON object is sent as INFO.
 */
export function toPlainFrames(line: string, settings: PlainSettings): PlainFrames {
  const record = readMembers(line) ?? emptyRecord
  const roles = settings.roles.find(record)
  const message = readText(record, roles.message)
  const { subtopic, text } = splitSubtopic(readText(record, roles.topic), message)
  const levelName = toPinoLevelName(
    toLevelName(readScalar(record, roles.level), settings.levels),
    settings.levels
  )
  const level = getOwn(settings.plainLevels, levelName) ?? levelName.toUpperCase()
  const topic = toPlainTopic({ root: settings.root, levelName: level, subtopic })
  const isText = settings.plainFormat === 'text' && message !== undefined
  return [topic, `${isText ? text : line}\n`]
}
