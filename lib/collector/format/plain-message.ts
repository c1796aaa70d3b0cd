import type { TimeZone } from '../time/time-zone.ts'
import type { PlainForms } from './entry-forms.ts'
import { toColumn } from './entry.ts'
import { readPlainRecord } from './plain-record.ts'
import { EntryWriter, pinoSettings } from './text-format.ts'
import type { TopicParts } from './topic-parts.ts'

/** A message of a plain publisher, such as Python's PUBHandler, and how it is written to a log. */
export class PlainMessage {
  /** what its topic says */
  readonly parts: TopicParts
  readonly #text: Buffer
  readonly #zone: TimeZone
  readonly #now: number

  /** @param now time of arrival. Unit: ms since the epoch */
  constructor(parts: TopicParts, text: Buffer, zone: TimeZone, now: number) {
    this.parts = parts
    this.#text = text
    this.#zone = zone
    this.#now = now
  }

  /** as it was sent */
  get text(): Buffer {
    return this.#text
  }

  /** whether it looks like a JSON record, as of an app on the plain wire: it may name its app and host */
  get mayBeRecord(): boolean {
    return this.#text[0] === 0x7b
  }

  /** As one NDJSON record with its newline; a text that already is a record stays as it is where its topic agrees. */
  toRecord(): string {
    const line = trimNewline(this.#text)
    const record = readPlainRecord(line, this.parts)
    return record ? `${record.line}\n` : this.toUnreadRecord()
  }

  /** As one NDJSON record whose message is the text, whatever that is. */
  toUnreadRecord(): string {
    const { level, names } = this.parts
    const msg = JSON.stringify(trimNewline(this.#text))
    return `{"level":${level},"time":${this.#now}${names},"msg":${msg}}\n`
  }

  /** As one entry of the text format, with its newline. */
  toEntry(plainForms: PlainForms): string {
    const line = trimNewline(this.#text)
    const { app, levelName, level, subtopic, fullTopic } = this.parts
    const forms = plainForms.ofApp(app)
    const record = readPlainRecord(line, this.parts)
    if (record) {
      const source = { app, host: '', pid: '' }
      const settings = { ...pinoSettings, source, templates: plainForms.templates }
      const writer = new EntryWriter(settings, this.#zone, this.#now, forms)
      return writer.toEntry(record.line, record.levelName)
    }
    const form = forms.forLevel(level)
    const lineEnd = line.includes('\n') ? line.indexOf('\n') : line.length
    const entry = {
      time: this.#now,
      levelName,
      subtopic: toColumn(form.names.has('app') ? subtopic : fullTopic),
      caller: '',
      message: line.slice(0, lineEnd),
      fields: '',
      details: line.slice(lineEnd + 1),
      isSafe: false
    }
    return form.join(entry, this.#zone)
  }
}

/** PUBHandler's default formatters end each message with a newline. */
function trimNewline(text: Buffer): string {
  return text.toString('utf8', 0, text.at(-1) === 0x0a ? text.length - 1 : text.length)
}
