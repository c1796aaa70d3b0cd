import { closeSync, mkdtempSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Files that haven't grown for this long are complete. Unit: ms */
const quietMs = 500

/** A temporary folder with the files that a run writes. */
export class LogFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'zmq-pub-bench-'))

  /** Resolves when no file has grown for `quietMs`. */
  async settle(): Promise<void> {
    let bytes = -1
    while (bytes !== this.#bytes) {
      bytes = this.#bytes
      await sleep(quietMs)
    }
  }

  /** When the last byte was written. Unit: ms since the epoch, to 4 ms on Linux */
  get lastWriteAt(): number {
    return Math.max(...this.#files.map(file => statSync(file).mtimeMs))
  }

  /** The lines of all files. */
  countLines(): number {
    let count = 0
    const buffer = Buffer.allocUnsafe(4 * 1024 * 1024)
    for (const file of this.#files) {
      const fd = openSync(file, 'r')
      for (let length = readSync(fd, buffer); length > 0; length = readSync(fd, buffer)) {
        const bytes = buffer.subarray(0, length)
        for (let offset = bytes.indexOf(10); offset !== -1; offset = bytes.indexOf(10, offset + 1))
          count++
      }
      closeSync(fd)
    }
    return count
  }

  delete(): void {
    rmSync(this.path, { recursive: true })
  }

  get #bytes(): number {
    return this.#files.reduce((sum, file) => sum + statSync(file).size, 0)
  }

  get #files(): string[] {
    return readdirSync(this.path, { recursive: true, encoding: 'utf8' })
      .filter(name => name.endsWith('.log'))
      .map(name => join(this.path, name))
  }
}
