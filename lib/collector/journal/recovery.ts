/** What a journal says at the start of a collector. */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isObject, parseObject } from '../../util/object.ts'
import { fromHexId } from '../../wire/id.ts'
import {
  createRecovered,
  rememberWrite,
  setAhead,
  type JournaledWrite,
  type Recovered
} from './entries.ts'
import { keepWholePieces } from './torn-write.ts'

/** Reads a journal, and cuts torn ends off its logs. Lines that say nothing are skipped. */
export function recoverJournal(path: string): Recovered {
  const recovered = createRecovered()
  // One write at a time to each log: all but its last had ended, wherever their files are by now.
  const lastWrites = new Map<string | undefined, JournaledWrite>()
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const entry = parseObject(line)
    if (!entry) continue
    if (typeof entry['file'] === 'string') {
      const write = entry as unknown as JournaledWrite
      const ended = lastWrites.get(write.log)
      if (ended) rememberWrite(recovered, ended)
      lastWrites.set(write.log, write)
    } else {
      readHead(recovered, entry)
      readFiled(recovered, entry)
    }
  }
  for (const write of lastWrites.values()) {
    rememberWrite(recovered, write, keepWholePieces(join(dirname(path), write.file), write))
  }
  return recovered
}

function readHead(recovered: Recovered, entry: Record<string, unknown>): void {
  if (typeof entry['collector'] !== 'string') return
  recovered.collectorId = fromHexId(entry['collector'])
  for (const [id, value] of Object.entries(entry['positions'] as Record<string, number[]>)) {
    const [expected = 0, at = 0] = value
    recovered.positions.set(fromHexId(id), { expected, at })
  }
  if (!isObject(entry['ahead'])) return
  for (const [id, logs] of Object.entries(entry['ahead'] as Record<string, object>)) {
    for (const [log, expected] of Object.entries(logs)) {
      setAhead(recovered.ahead, fromHexId(id), log, expected as number)
    }
  }
}

function readFiled({ positions }: Recovered, { at, filed }: Record<string, unknown>): void {
  if (!isObject(filed) || typeof at !== 'number') return
  for (const [id, seq] of Object.entries(filed as Record<string, number>)) {
    positions.set(fromHexId(id), { expected: seq + 1, at })
  }
}
