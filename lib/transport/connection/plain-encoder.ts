/** The plain wire, sending side: one message a record, as Python's PUBHandler sends it. */
import build from 'pino-abstract-transport'
import { toLevelName } from '../../record/levels.ts'
import { splitSubtopic } from '../../record/subtopic.ts'
import { getOwn, parseObject } from '../../util/object.ts'
import { toPlainTopic } from '../../wire/plain-topic.ts'
import type { Batch } from '../sender/batch.ts'

/** The settings of logger and transport that shape a plain message. */
export interface PlainSettings {
  /** root topic, '' for none */
  root: string
  /** the logger's level names, by number */
  levels: Readonly<Record<string, string>>
  /** the record's key of the message */
  messageKey: string
  plainFormat: 'ndjson' | 'text'
  /** level names on the wire, by pino's level name */
  plainLevels: Readonly<Record<string, string>>
}

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
  const record = parseObject(line) ?? {}
  const levelName = toLevelName(record['level'], settings.levels)
  const message = record[settings.messageKey]
  const { subtopic, text } = splitSubtopic(record['topic'], message)
  const level = getOwn(settings.plainLevels, levelName) ?? levelName.toUpperCase()
  const topic = toPlainTopic({ root: settings.root, levelName: level, subtopic })
  const isText = settings.plainFormat === 'text' && typeof message === 'string'
  return [topic, `${isText ? text : line}\n`]
}
