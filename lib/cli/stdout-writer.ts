/** Writes to stdout as fast as somebody reads it. */
export class StdoutWriter {
  /** why nothing can be written; undefined also where the reader has ended, as `head` does */
  failure: Error | undefined
  readonly #stream: NodeJS.WriteStream
  #isClosed = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#isClosed = true
      if (error.code !== 'EPIPE') this.failure = error
    })
  }

  /** Resolves when it is written. @returns false where nothing more can be written */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#isClosed) return false
    await new Promise<void>(resolve => this.#stream.write(bytes, () => resolve()))
    return !this.#isClosed
  }
}
