/** Writes to stdout as fast as somebody reads it. */
export class StdoutWriter {
  /** why nothing can be written; undefined also where the reader has ended, as `head` does */
  failure: Error | undefined
  readonly #stream: NodeJS.WriteStream
  #isClosed = false

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    stream.on('error', error => this.#onError(error))
  }

  /** Resolves when it is written. @returns false where nothing more can be written */
  async write(bytes: Uint8Array): Promise<boolean> {
    if (this.#isClosed) return false
    // The stream may tell the writer before it emits the error.
    const error = await new Promise<Error | null | undefined>(resolve =>
      this.#stream.write(bytes, resolve)
    )
    if (error) this.#onError(error)
    return !this.#isClosed
  }

  #onError(error: NodeJS.ErrnoException): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (error.code !== 'EPIPE') this.failure = error
  }
}
