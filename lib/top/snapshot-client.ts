import { lstatSync } from 'node:fs'
import { connect } from 'node:net'
import {
  isPrivateFolder,
  ownUid,
  toControlPath,
  type ControlPath
} from '../collector/control/control-path.ts'
import { snapshotRequest } from '../collector/control/control-server.ts'
import { snapshotForm, type Snapshot } from '../collector/control/snapshot.ts'
import { ZmqPubError } from '../errors.ts'
import { inspectLock } from '../util/lock-holder.ts'
import { parseObject } from '../util/object.ts'
import { identifySelf } from '../util/process-identity.ts'
import { version } from '../version.ts'

/** How long a collector may take to answer. Unit: ms */
const answerTimeoutMs = 5000
/** No answer is longer. Unit: bytes */
const maxAnswerBytes = 16 * 1024 * 1024

/** Asks the collector that writes a journal what it does. */
export class SnapshotClient {
  readonly #journalPath: string
  readonly #timeoutMs: number

  /** @param journalPath an absolute path */
  constructor(journalPath: string, timeoutMs = answerTimeoutMs) {
    this.#journalPath = journalPath
    this.#timeoutMs = timeoutMs
  }

  /** Asks once. @throws ERR_ZMQ_PUB_ADDRESS where no collector answers, or one of another version */
  async ask(): Promise<Snapshot> {
    const uid = findOwner(this.#journalPath)
    const place = toControlPath(this.#journalPath, { uid })
    if (!place) throw this.#refuse('the path of the log is too long for a control socket')
    const answer = await this.#exchange(place, uid)
    const snapshot = parseObject(answer) as Partial<Snapshot & { error: string }> | undefined
    if (snapshot?.form === snapshotForm) return snapshot as Snapshot
    if (typeof snapshot?.version === 'string') {
      throw this.#refuse(
        `the collector is of version ${snapshot.version.slice(0, 64)} and this command of ${version}, and they don't understand each other; run the command of the collector's version`
      )
    }
    throw this.#refuse(
      `the answer from ${place.path} is not that of a collector of version ${version}`
    )
  }

  async #exchange({ path, privateFolder }: ControlPath, uid: number): Promise<string> {
    if (privateFolder !== undefined && !isPrivateFolder(privateFolder, uid)) {
      const reason = lstatSync(privateFolder, { throwIfNoEntry: false })
        ? `${privateFolder} is not a folder that only the collector's user may enter`
        : this.#explainAbsence(path)
      throw this.#refuse(reason)
    }
    try {
      return await exchange(path, this.#timeoutMs)
    } catch (error) {
      throw this.#refuse(this.#explain(path, error as NodeJS.ErrnoException, uid), error)
    }
  }

  #explain(path: string, { code, message }: NodeJS.ErrnoException, uid: number): string {
    switch (code) {
      case 'ENOENT':
      case 'ECONNREFUSED':
      case 'ENOTDIR':
        return this.#explainAbsence(path)
      case 'EACCES':
      case 'EPERM':
        return `only the collector's user and root may open ${path}, got the user ${ownUid()}${uid === ownUid() ? '' : `, but the log belongs to the user ${uid}`}; run this command as that user, such as with sudo -u`
      case 'ETIMEDOUT':
        return `the collector has not answered on ${path} within ${this.#timeoutMs / 1000} s: it is stopped, or overloaded`
      case 'ECONNRESET':
        return `the collector has closed the connection to ${path}: it was stopped just now, is of another version, or too many commands ask it at once`
      case undefined:
      default:
        return `cannot ask the collector on ${path}: ${message}`
    }
  }

  #explainAbsence(path: string): string {
    const holder = findHolder(`${this.#journalPath}.lock`)
    return holder === undefined
      ? `no collector is writing this log: nothing listens on ${path}. Start it, or give the same --config or --file as it has, in the same working directory and with the same environment variables`
      : `${holder} is writing this log, and nothing listens on ${path}. It has just been started, it is of an older version, or it runs on another host or in another container; otherwise its own log says 'no control socket', and why`
  }

  #refuse(reason: string, cause?: unknown): ZmqPubError {
    return new ZmqPubError('ERR_ZMQ_PUB_ADDRESS', reason, cause === undefined ? {} : { cause })
  }
}

/** The user of a collector: the owner of its journal, or this user where that isn't known. */
function findOwner(journalPath: string): number {
  try {
    return lstatSync(journalPath).uid
  } catch {
    return ownUid()
  }
}

/** Who has the lock of a log, in words; undefined where no living collector has it. */
function findHolder(lockPath: string): string | undefined {
  try {
    const found = inspectLock(lockPath, identifySelf(), new Map())
    if (!found || 'deadText' in found) return undefined
    return found.pid === undefined
      ? 'a collector'
      : `the collector with the pid ${found.pid} on the host ${found.host ?? 'unknown'}`
  } catch {
    return undefined
  }
}

/** Sends the request and reads the answer. @throws the system's error; ETIMEDOUT, ECONNRESET without an answer */
function exchange(path: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const socket = connect(path, () => socket.write(snapshotRequest))
    const fail = (code: string): void => {
      reject(Object.assign(new Error(code), { code }))
      socket.destroy()
    }
    const timer = setTimeout(() => fail('ETIMEDOUT'), timeoutMs)
    socket.on('data', chunk => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > maxAnswerBytes) fail('EMSGSIZE')
    })
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      if (bytes > 0) resolve(Buffer.concat(chunks).toString())
      else fail('ECONNRESET')
    })
  })
}
