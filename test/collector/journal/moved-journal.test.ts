/** What a start finds, by files as a killed collector leaves them; journal-move.test.ts kills it at each step. */
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { createJournalState } from '../../../lib/collector/journal/entries.ts'
import { acquireLogLock } from '../../../lib/collector/journal/log-locks.ts'
import {
  deleteFormer,
  deleteLeft,
  FoundJournal,
  toMoveLine
} from '../../../lib/collector/journal/moved-journal.ts'
import { fromHexId } from '../../../lib/wire/id.ts'
import { failOnce } from '../../helpers/file-system.ts'

const own = '0102030405060708'
const other = 'ff00ff00ff00ff00'

/** The folder of a test, and the path of a journal in a folder of it. */
function toPaths(t: Test): (place: string) => string {
  const dir = t.testdir({ a: {}, b: {}, c: {} })
  return place => join(dir, place, '.journal')
}

/** Writes a journal. @param to the place that its last line leads to */
function writeJournal(path: string, collector: string, moves: number, to?: string): void {
  writeFileSync(path, `${JSON.stringify({ collector, moves, positions: {} })}\n`)
  if (to !== undefined) appendFileSync(path, toMoveLine(path, to))
}

/** The place of what is found, and whether it was moved; the lock is released. */
function find(path: string): [path: string, wasMoved: boolean] | undefined {
  const found = FoundJournal.find(path)
  found?.release()
  return found && [found.journal.path, found.wasMoved]
}

test('the last line of a journal leads from its own folder to the new place, so that both may be moved together', async t => {
  const line = toMoveLine(join('/logs', 'a', '.journal'), join('/logs', 'b', '.journal'))
  t.strictSame(JSON.parse(line), { movedTo: join('..', 'b', '.journal') })
  t.ok(line.endsWith('\n'))
})

test('where there is no journal nothing is found, and nothing is made', async t => {
  const at = toPaths(t)
  t.equal(FoundJournal.find(at('a')), undefined)
  t.strictSame(readdirSync(join(at('a'), '..')), [])
})

test('a journal that was not moved is found in its place', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0)
  t.strictSame(find(at('a')), [at('a'), false])
})

test('a journal is found where the last of its moves has brought it', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0, at('b'))
  writeJournal(at('b'), own, 1, at('c'))
  writeJournal(at('c'), own, 2)
  t.strictSame(find(at('a')), [at('c'), true])
})

const incomplete: [what: string, prepare: (path: string) => void][] = [
  ['has not written the new one', () => undefined],
  ['had the other one there earlier', path => writeJournal(path, own, 0)],
  ['found the one of another collector there', path => writeJournal(path, other, 5)]
]

for (const [what, prepare] of incomplete) {
  test(`a journal is still in its place where a move ${what}`, async t => {
    const at = toPaths(t)
    writeJournal(at('a'), own, 0, at('b'))
    prepare(at('b'))
    t.strictSame(find(at('a')), [at('a'), false])
  })
}

test('journals that lead to each other end at the later one', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 2, at('b'))
  writeJournal(at('b'), own, 1, at('a'))
  t.strictSame(find(at('a')), [at('a'), false])
  t.strictSame(find(at('b')), [at('a'), true])
})

test('what another collector has by now is not found', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0, at('b'))
  writeJournal(at('b'), own, 1)
  const lock = acquireLogLock(at('b'))
  t.equal(FoundJournal.find(at('a')), undefined)
  lock.release()
  t.strictSame(find(at('a')), [at('b'), true])
})

test('a journal in another place is locked until it is released', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0, at('b'))
  writeJournal(at('b'), own, 1)
  const found = FoundJournal.find(at('a'))
  t.throws(() => acquireLogLock(at('b')), { code: 'ERR_ZMQ_PUB_FILE' })
  found?.release()
  acquireLogLock(at('b')).release()
})

test('a start that cannot lock the other place says so: the journal there is not lost', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0, at('b'))
  writeJournal(at('b'), own, 1)
  failOnce(t, 'openSync', 'EACCES', '.journal.lock')
  t.throws(() => FoundJournal.find(at('a')), {
    code: 'ERR_ZMQ_PUB_FILE',
    message: /EACCES/
  })
})

test('a journal that can not be read is an error of the file system', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0)
  failOnce(t, 'readFileSync', 'EIO', '.journal')
  t.throws(() => FoundJournal.find(at('a')), { code: 'EIO' })
})

test('a journal that moves back leaves a note in its former place, and then nothing', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0, at('b'))
  writeJournal(at('b'), own, 1)
  const found = FoundJournal.find(at('a'))
  found?.beforeMove(at('a'))
  t.match(readFileSync(at('b'), 'utf8'), /"movedTo":"[^"]*a[^"]*journal"\}\n$/)
  found?.afterMove()
  found?.release()
  t.notOk(existsSync(at('b')))
  t.ok(existsSync(at('a')))
})

test('a journal in its place is neither noted nor deleted', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0)
  const before = readFileSync(at('a'), 'utf8')
  const found = FoundJournal.find(at('a'))
  found?.beforeMove(at('a'))
  found?.afterMove()
  found?.release()
  t.equal(readFileSync(at('a'), 'utf8'), before)
})

test('a full disk and a read-only folder keep no start from the journal', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 0, at('b'))
  writeJournal(at('b'), own, 1)
  const found = FoundJournal.find(at('a'))
  failOnce(t, 'appendFileSync', 'ENOSPC')
  found?.beforeMove(at('a'))
  failOnce(t, 'rmSync', 'EROFS', '/b/.journal')
  found?.afterMove()
  found?.release()
  t.strictSame(find(at('b')), [at('b'), false])
})

test('what moves have left is deleted, and what is of another collector, later, or no journal stays', async t => {
  const at = toPaths(t)
  const state = { ...createJournalState(), collectorId: fromHexId(own), moves: 2 }
  writeJournal(at('a'), own, 1)
  writeJournal(at('b'), other, 1)
  writeJournal(at('c'), own, 2)
  const text = join(at('a'), '..', 'text')
  writeFileSync(text, 'no journal\n')
  deleteLeft([at('a'), at('b'), at('c'), text, `${text}.missing`, join(text, '..')], state)
  t.strictSame(
    [at('a'), at('b'), at('c'), text].map(path => existsSync(path)),
    [false, true, true, true]
  )
})

test('a former journal that is gone, or that can not be deleted, is no error', async t => {
  const at = toPaths(t)
  writeJournal(at('a'), own, 1)
  failOnce(t, 'rmSync', 'EROFS', '/a/.journal')
  deleteFormer(at('a'))
  t.ok(existsSync(at('a')))
  for (const path of [at('a'), at('b')]) deleteFormer(path)
  t.notOk(existsSync(at('a')))
})
