import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { makePrivateFolder, toBindFolder, type ControlPath } from './control-path.ts'

/** What a client sends. */
export const snapshotRequest = 'snapshot\n'

/** More clients at a time are turned away. */
export const maxClients = 4
/** A client is cut off after this, whatever it has read. Unit: ms */
export const clientTimeoutMs = 5000
/** Interval of looks whether the socket's file is still there. Unit: ms */
const lookMs = 5000

/**
 * Answers local clients on a socket that only the collector's user, and root, may open. A client sends one line
 * and gets one line of JSON. An answer is bounded in size, a client in time, and clients in number: so nobody can make the
 * collector hold memory.
 */
export class ControlServer {
  readonly path: string
  readonly #place: ControlPath
  readonly #answer: () => string
  readonly #clients = new Set<Socket>()
  readonly #timer: NodeJS.Timeout
  #server: Server
  /** of the socket's file */
  #inode: number | undefined

  /**
   * Listens. What a dead collector has left at the path is replaced: call it only with the lock of the journal.
   * @param answer to a request for a snapshot
   * @throws the system's error where there can be no socket
   */
  static async open(place: ControlPath, answer: () => string): Promise<ControlServer> {
    const control = new ControlServer(place, answer)
    try {
      await control.#listen()
    } catch (error) {
      control.close()
      throw error
    }
    return control
  }

  private constructor(place: ControlPath, answer: () => string) {
    this.path = place.path
    this.#place = place
    this.#answer = answer
    this.#server = this.#createServer()
    this.#timer = setInterval(() => this.restore(), lookMs).unref()
  }

  /** Stops listening, cuts clients off and deletes the socket's file, unless it is another collector's by now. */
  close(): void {
    clearInterval(this.#timer)
    if (this.#inode !== undefined && this.#findInode() === this.#inode) {
      rmSync(this.path, { force: true })
    }
    this.#server.close()
    for (const client of this.#clients) client.destroy()
  }

  #createServer(): Server {
    const server = createServer(client => this.#serve(client))
    server.maxConnections = maxClients
    return server.unref()
  }

  /** A socket gets its permissions before it gets its name: nobody can open it in between. */
  async #listen(): Promise<void> {
    const { path, isFile, privateFolder } = this.#place
    if (!isFile) return listen(this.#server, path)
    if (privateFolder !== undefined) makePrivateFolder(privateFolder)
    const folder = toBindFolder(this.#place)
    rmSync(folder, { recursive: true, force: true }) // of a collector that was killed just now
    mkdirSync(folder, { mode: 0o700 })
    try {
      const unnamed = join(folder, 's')
      await listen(this.#server, unnamed)
      chmodSync(unnamed, 0o600)
      renameSync(unnamed, path)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    this.#inode = this.#findInode()
  }

  /** Listens anew where somebody has deleted the file, with its folder; looked at every few seconds. */
  restore(): void {
    if (this.#inode === undefined || this.#findInode() !== undefined) return
    this.#inode = undefined
    this.#server.close()
    this.#server = this.#createServer()
    this.#listen().catch(() => (this.#inode = -1)) // the next look tries again
  }

  #findInode(): number | undefined {
    try {
      return lstatSync(this.path, { throwIfNoEntry: false })?.ino
    } catch {
      return undefined // the folder may be entered by nobody any more
    }
  }

  #serve(client: Socket): void {
    this.#clients.add(client)
    const timer = setTimeout(() => client.destroy(), clientTimeoutMs).unref()
    client.on('error', () => undefined) // it has gone: 'close' follows
    client.once('close', () => {
      clearTimeout(timer)
      this.#clients.delete(client)
    })
    let request = ''
    client.setEncoding('latin1').on('data', (text: string) => {
      request += text
      if (request === snapshotRequest) client.end(`${this.#toAnswer()}\n`)
      else if (!snapshotRequest.startsWith(request)) client.destroy()
    })
  }

  /** A client must never take the collector down. */
  #toAnswer(): string {
    try {
      return this.#answer()
    } catch (error) {
      return JSON.stringify({ error: (error as Error).message })
    }
  }
}

/** Listens in this process, also where it is a worker of node:cluster. @throws the system's error */
function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject).on('error', () => undefined) // a client that can't be accepted tries again
      resolve()
    })
  })
}
