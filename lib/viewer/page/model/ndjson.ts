/** Cuts a text that arrives in pieces into lines. */
export class LineSplitter {
  #rest = ''

  /** @returns the lines that are complete now, without their newlines and without empty ones */
  add(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.filter(line => line !== '')
  }

  /** @returns the last line, if it has no newline */
  end(): string[] {
    const rest = this.#rest
    this.#rest = ''
    return rest === '' ? [] : [rest]
  }
}
