import { writeSync } from 'node:fs'
import type { ReadStream, WriteStream } from 'node:tty'

/** Another screen than the one with the shell's history, no cursor, and no wrapping of lines. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l'
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l'
const home = '\u001b[H'
const clearLine = '\u001b[K'

/** Ctrl-C and Ctrl-Z, which are bytes like any other while the terminal passes on each key. */
const interruptKey = '\u0003'
const suspendKey = '\u001a'

/** What a screen tells. */
export interface ScreenListener {
  /** a key; Ctrl-C too */
  onKey: (key: string) => void
  /** the window has another size, or shows this program again */
  onResize: () => void
  /** there is no terminal any more */
  onGone: () => void
}

/** A terminal that is drawn anew again and again, and is as it was when the process ends, however it ends. */
export class Screen {
  readonly #output: WriteStream & { fd: 1 }
  readonly #input: ReadStream
  readonly #listener: ScreenListener
  #isOpen = false

  constructor(output: WriteStream & { fd: 1 }, input: ReadStream, listener: ScreenListener) {
    this.#output = output
    this.#input = input
    this.#listener = listener
  }

  /** Begins to draw, and to listen to keys. */
  open(): void {
    process.on('exit', this.#restore)
    process.on('SIGCONT', this.#resume)
    this.#output.on('resize', this.#listener.onResize).on('error', this.#listener.onGone)
    this.#input.on('error', this.#listener.onGone)
    if (this.#input.isTTY) {
      this.#input.setEncoding('utf8').on('data', this.#onInput).on('end', this.#listener.onGone)
    }
    this.#begin()
  }

  /** Gives the terminal back. */
  close(): void {
    process.off('exit', this.#restore)
    process.off('SIGCONT', this.#resume)
    this.#output.off('resize', this.#listener.onResize)
    this.#input.off('data', this.#onInput)
    this.#restore()
    this.#input.pause()
  }

  /** Replaces what is shown. @param lines as many as the window has, none of them wider */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    // Cleared before it is written: behind a full line the cursor is still on its last character.
    this.#output.write(home + lines.map(line => clearLine + line).join('\r\n'))
  }

  #begin(): void {
    if (this.#isOpen) return
    this.#isOpen = true
    this.#setRaw(true)
    this.#output.write(enter)
  }

  /** At once: nothing else is written when a process exits. */
  readonly #restore = (): void => {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      writeSync(this.#output.fd, leave)
      this.#setRaw(false)
    } catch {
      // The terminal is gone.
    }
  }

  /** The shell may have used the terminal meanwhile. */
  readonly #resume = (): void => {
    this.#restore()
    this.#begin()
    this.#listener.onResize()
  }

  readonly #onInput = (text: string): void => {
    if (text.includes(suspendKey)) return this.#suspend()
    this.#listener.onKey(text.includes(interruptKey) ? interruptKey : text)
  }

  #suspend(): void {
    if (process.platform === 'win32') return // which has no such thing
    this.#restore()
    process.kill(process.pid, 'SIGSTOP') // SIGTSTP would not stop a process that has no job control
  }

  #setRaw(isRaw: boolean): void {
    if (this.#input.isTTY) this.#input.setRawMode(isRaw)
  }
}

export { interruptKey }
