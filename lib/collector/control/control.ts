/** Lets commands of the same user ask a running collector. */
import { toControlPath } from './control-path.ts'
import { ControlServer } from './control-server.ts'
import { Snapshots, type SnapshotSource } from './snapshot.ts'

/** Told where the socket is not beside the journal, or nowhere. */
export interface ControlListener {
  /** its path beside the journal would be too long */
  onMoved: (path: string) => void
  /** there is none. @param path where it would be */
  onOff: (path: string, reason: string) => void
}

/** The control socket of a collector, which is found by the path of its journal. Without one, all else works. */
export class Control {
  readonly #snapshots: Snapshots
  readonly #listener: ControlListener
  #journalPath: string | undefined
  #server: ControlServer | undefined
  #isClosed = false

  constructor(source: SnapshotSource, listener: ControlListener) {
    this.#snapshots = new Snapshots(source)
    this.#listener = listener
  }

  /** Path of the socket; undefined where there is none. */
  get path(): string | undefined {
    return this.#server?.path
  }

  /** Opens the socket of this journal, whose lock the collector has, and closes that of another one. Never throws. */
  async follow(journalPath: string): Promise<void> {
    if (this.#isClosed || journalPath === this.#journalPath) return
    this.#journalPath = journalPath
    this.#server?.close()
    this.#server = undefined
    const server = await this.#open(journalPath)
    // Closed, or at another journal, meanwhile.
    if (this.#isClosed || this.#journalPath !== journalPath) server?.close()
    else this.#server = server
  }

  /** Closes the socket. */
  close(): void {
    this.#isClosed = true
    this.#server?.close()
    this.#server = undefined
  }

  async #open(journalPath: string): Promise<ControlServer | undefined> {
    const place = toControlPath(journalPath)
    if (!place) {
      this.#listener.onOff(`${journalPath}.sock`, 'its path is too long for a socket')
      return undefined
    }
    try {
      const answer = (): string => JSON.stringify(this.#snapshots.take())
      const server = await ControlServer.open(place, answer)
      if (place.privateFolder !== undefined) this.#listener.onMoved(server.path)
      return server
    } catch (error) {
      this.#listener.onOff(place.path, (error as Error).message)
      return undefined
    }
  }
}
