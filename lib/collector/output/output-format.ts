import { resolveKeys } from '../../record/roles.ts'
import type { DecodeRequest } from '../format/decoder-thread.ts'
import { PlainForms } from '../format/entry-forms.ts'
import type { PlainMessage } from '../format/plain-message.ts'
import { pinoSettings, toText, type TextSettings } from '../format/text-format.ts'
import { listTemplates } from '../format/text-template.ts'
import type { ResolvedOutputOptions } from '../options/output-options.ts'
import type { RecordBatch } from '../routing/record-batch.ts'

/**
 * How one output writes what it takes: as NDJSON, or as text. What the format can't write goes as it came, which is
 * reported as a bug: otherwise its sender would never be acknowledged again.
 */
export class OutputFormat {
  readonly #options: Pick<
    ResolvedOutputOptions,
    'format' | 'text' | 'levelKey' | 'timeKey' | 'messageKey'
  >
  readonly #onFailed: (error: Error) => void
  readonly #templates: readonly string[]
  readonly #plainForms: PlainForms

  constructor(
    options: Pick<ResolvedOutputOptions, 'format' | 'text' | 'levelKey' | 'timeKey' | 'messageKey'>,
    onFailed: (error: Error) => void
  ) {
    this.#options = options
    this.#onFailed = onFailed
    this.#templates = listTemplates(options.text)
    this.#plainForms = new PlainForms(this.#templates)
  }

  /** Whether records are written as they come. */
  get isNdjson(): boolean {
    return this.#options.format === 'ndjson'
  }

  /** How to make text of a batch's records; undefined where that failed: they go as they came. */
  findTextSettings({ hello, isNotice }: RecordBatch): TextSettings | undefined {
    try {
      const templates = this.#templates
      const { app, host, pid, levels } = hello
      const source = { app, host, pid: pid === 0 ? '' : String(pid) }
      return isNotice
        ? { ...pinoSettings, templates }
        : { levels, source, templates, ...resolveKeys(hello, this.#options) }
    } catch (error) {
      this.#onFailed(error as Error)
      return undefined
    }
  }

  /** Makes text of records, on this thread. */
  toText({ records, settings, zone, now }: DecodeRequest): Buffer {
    try {
      return toText(records, settings, zone, now)
    } catch (error) {
      this.#onFailed(error as Error)
      return records
    }
  }

  /** A plain message as one record or entry, with its newline. */
  toLine(message: PlainMessage): string {
    try {
      return this.isNdjson ? message.toRecord() : message.toEntry(this.#plainForms)
    } catch (error) {
      this.#onFailed(error as Error)
      return message.toUnreadRecord()
    }
  }
}
