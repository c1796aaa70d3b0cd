import { EntryForm, type Source } from './entry-form.ts'
import { toColumn } from './entry.ts'
import { readTemplate } from './text-template.ts'

/** How the entries of one sender are written, by their level. */
export class EntryForms {
  readonly #forms: readonly EntryForm[]

  /** @param templates one for all levels, or one for each of pino's in ascending order */
  constructor(templates: readonly string[], { app, host, pid }: Source) {
    const source = { app: toColumn(app), host: toColumn(host), pid: toColumn(pid) }
    this.#forms = templates.map(template => new EntryForm(readTemplate(template), source))
  }

  /** Whether the level makes a difference. */
  get differ(): boolean {
    return this.#forms.length > 1
  }

  /** @param level pino's number; one between two of pino's is written as the lower one */
  forLevel(level: number): EntryForm {
    const index = Math.floor(level / 10) - 1
    const last = this.#forms.length - 1
    return this.#forms[Math.min(Math.max(index, 0), last)] as EntryForm
  }
}

/** Root topics for which forms are kept: most messages have one of a few. */
const maxApps = 1000

/** The same for plain senders, of which only the root topic is known. */
export class PlainForms {
  readonly templates: readonly string[]
  readonly #byApp = new Map<string, EntryForms>()

  constructor(templates: readonly string[]) {
    this.templates = templates
  }

  ofApp(app: string): EntryForms {
    let forms = this.#byApp.get(app)
    if (!forms) {
      forms = new EntryForms(this.templates, { app, host: '', pid: '' })
      if (this.#byApp.size >= maxApps) this.#byApp.clear()
      this.#byApp.set(app, forms)
    }
    return forms
  }
}
