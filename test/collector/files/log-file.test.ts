import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync
} from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'tap'
import { InlineWrites } from '../../../lib/collector/files/inline-writes.ts'
import { LogFile } from '../../../lib/collector/files/log-file.ts'
import { weakenWrites } from '../../helpers/file-system.ts'
import { holdPauses } from '../../helpers/pauses.ts'
import { latch } from '../../helpers/wait.ts'
import { weakenDisk, weakenOpen, weakenSync } from '../../helpers/weak-disk.ts'

const noTrouble = (error: Error): void => {
  throw error
}

test('chunks are appended, and a file that was there is kept', async t => {
  const path = `${t.testdir({ 'a.log': 'before\n' })}/a.log`
  const file = await LogFile.open(path, noTrouble)
  t.equal(file.path, path)
  await file.write(Buffer.from('one\n'))
  t.equal(readFileSync(path, 'utf8'), 'before\none\n', 'at once')
  await file.write(Buffer.from('two\n'))
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'before\none\ntwo\n')
})

test('missing folders are made', async t => {
  const path = `${t.testdir()}/x/y/a.log`
  const file = await LogFile.open(path, noTrouble)
  await file.write(Buffer.of(0xff, 0x0a))
  await file.close()
  t.same(readFileSync(path), Buffer.of(0xff, 0x0a), 'bytes are written as they are')
})

test('a new file has the permissions that are asked for, one that was there those that it had', async t => {
  const dir = t.testdir({ 'there.log': '' })
  chmodSync(`${dir}/there.log`, 0o604)
  const former = process.umask(0o077)
  t.teardown(() => process.umask(former))
  const modes: number[] = []
  for (const [name, mode] of [
    ['new.log', 0o664],
    ['there.log', 0o664],
    ['umask.log', undefined]
  ] as const) {
    const file = await LogFile.open(`${dir}/${name}`, noTrouble, mode)
    await file.write(Buffer.from('one\n'))
    await file.close()
    modes.push(statSync(`${dir}/${name}`).mode & 0o7777)
  }
  t.strictSame(modes, [0o664, 0o604, 0o600])
})

test('a file that can not be opened is refused', async t => {
  const dir = t.testdir({ 'a.log': {} })
  await t.rejects(LogFile.open(`${dir}/a.log`, noTrouble), { code: 'EISDIR' })
})

for (const [text, endsMidLine] of [
  ['', false],
  ['a line\n', false],
  ['half', true],
  ['\nhalf\r', true]
] as const) {
  test(`a file with ${JSON.stringify(text)} ends ${endsMidLine ? 'in half a line' : 'with a line'}`, async t => {
    const file = await LogFile.open(`${t.testdir({ 'a.log': text })}/a.log`, noTrouble)
    t.equal(file.endsMidLine, endsMidLine)
    await file.write(Buffer.from('\n'))
    t.equal(file.endsMidLine, false)
    await file.close()
  })
}

test('a file that may be written but not read is appended to', async t => {
  const path = `${t.testdir({ 'a.log': 'half' })}/a.log`
  weakenOpen(t, ['EACCES'])
  const file = await LogFile.open(path, noTrouble)
  t.equal(file.endsMidLine, false)
  await file.write(Buffer.from(' a line\n'))
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'half a line\n')
  weakenOpen(t, ['EACCES', 'EACCES'])
  await t.rejects(LogFile.open(path, noTrouble), { code: 'EACCES' })
})

test('pipes and devices are refused at once, and keep no other file from being written', async t => {
  const dir = t.testdir()
  const names = ['1', '2', '3', '4', '5', '6'] // more than libuv has threads
  for (const name of names) execFileSync('mkfifo', [`${dir}/${name}`])
  await Promise.all(
    [...names.map(name => `${dir}/${name}`), '/dev/null'].map(path =>
      t.rejects(LogFile.open(path, noTrouble), {
        code: 'EINVAL',
        message: `EINVAL: ${path} is a pipe, a socket or a device, not a file`
      })
    )
  )
  const reader = openSync(`${dir}/1`, constants.O_RDONLY | constants.O_NONBLOCK)
  await t.rejects(LogFile.open(`${dir}/1`, noTrouble), { code: 'EINVAL' }, 'one that is read')
  closeSync(reader)
  await (await LogFile.open(`${dir}/a.log`, noTrouble)).close()
})

test('a chunk that the disk takes in pieces is written whole', async t => {
  const path = `${t.testdir()}/a.log`
  const file = await LogFile.open(path, noTrouble)
  const countTries = weakenDisk(t, [{ takes: 10 }, { takes: 1 }])
  const chunk = Buffer.from('a line of some length\n'.repeat(1000))
  await file.write(chunk)
  t.ok(readFileSync(path).equals(chunk))
  t.equal(countTries(), 3)
  await file.close()
})

test('a chunk that the disk refuses is tried again until it is written, once', async t => {
  const endPause = holdPauses(t)
  const path = `${t.testdir()}/a.log`
  const troubles: string[] = []
  const file = await LogFile.open(path, error => {
    troubles.push(error.message)
    endPause()
  })
  weakenDisk(t, [{ takes: 3 }, { refuses: 'ENOSPC' }, { refuses: 'EIO' }, { takes: 3 }])
  await file.write(Buffer.from('one two\n'))
  await file.write(Buffer.from('three\n'))
  await file.close()
  t.strictSame(troubles, ['ENOSPC', 'EIO'])
  t.equal(readFileSync(path, 'utf8'), 'one two\nthree\n')
})

test('a full disk keeps no part of a chunk: what is acknowledged is all that is in the file', async t => {
  const endPause = holdPauses(t)
  const path = `${t.testdir({ 'a.log': 'before\n' })}/a.log`
  const found: string[] = []
  const file = await LogFile.open(path, () => {
    setImmediate(() => {
      found.push(readFileSync(path, 'utf8'))
      endPause()
    })
  })
  weakenDisk(t, [{ takes: 3 }, { refuses: 'ENOSPC' }, { takes: 5 }, { refuses: 'EDQUOT' }])
  t.equal(await file.write(Buffer.from('one two\n')), true)
  await file.write(Buffer.from('three\n'))
  await file.close()
  t.strictSame(found, ['before\n', 'before\n'])
  t.equal(readFileSync(path, 'utf8'), 'before\none two\nthree\n')
})

test('what is abandoned is not tried again', async t => {
  const endPause = holdPauses(t)
  const path = `${t.testdir()}/a.log`
  const refused = latch()
  const file = await LogFile.open(path, () => refused.open())
  const countTries = weakenDisk(t, [{ refuses: 'ENOSPC' }])
  void file.write(Buffer.from('one\n'))
  await refused.promise
  file.abandon()
  endPause()
  await nextTurn()
  t.equal(countTries(), 1)
  t.equal(readFileSync(path, 'utf8'), '')
})

test('the size is that of the file, whoever writes to it', async t => {
  const path = `${t.testdir({ 'a.log': 'before\n' })}/a.log`
  const file = await LogFile.open(path, noTrouble)
  t.equal(file.readSize(), 7)
  await file.write(Buffer.from('one\n'))
  appendFileSync(path, 'two\n')
  t.equal(file.readSize(), 15)
  await file.close()
})

test('a disk that refuses to sync is not asked again: the next answer would say nothing', async t => {
  const troubles: string[] = []
  const path = `${t.testdir()}/a.log`
  const file = await LogFile.open(path, ({ message }) => troubles.push(message))
  const countTries = weakenSync(t, ['EIO'])
  await file.write(Buffer.from('one\n'))
  t.equal(countTries(), 0)
  t.equal(await file.sync(), false)
  t.equal(countTries(), 1)
  t.strictSame(troubles, ['EIO'])
  t.equal(await file.sync(), true)
  await file.close()
})

test('a file is cut, and that is synced, after as many tries as it takes', async t => {
  const endPause = holdPauses(t)
  const path = `${t.testdir()}/a.log`
  const troubles: string[] = []
  const file = await LogFile.open(path, error => {
    troubles.push(error.message)
    endPause()
  })
  const countTries = weakenSync(t, ['EIO', 'ENOSPC'])
  await file.write(Buffer.from('one\ntwo\n'))
  await file.cutTo(4)
  t.equal(readFileSync(path, 'utf8'), 'one\n')
  t.equal(countTries(), 3)
  t.strictSame(troubles, ['EIO', 'ENOSPC'])
  await file.write(Buffer.from('three\n'))
  await file.close()
  t.equal(readFileSync(path, 'utf8'), 'one\nthree\n')
})

test('a file whose place can not be looked at is not taken for moved', async t => {
  const dir = t.testdir({ sub: {} })
  const troubles: string[] = []
  const file = await LogFile.open(`${dir}/sub/a.log`, ({ message }) => troubles.push(message))
  renameSync(`${dir}/sub`, `${dir}/other`)
  writeFileSync(`${dir}/sub`, 'no folder')
  t.equal(file.wasMovedOrDeleted(), false)
  t.match(troubles, [/ENOTDIR/])
  await file.close()
})

/** Small writes to files in this folder are made at once. */
function inlineWritesIn(dir: string): InlineWrites {
  const inlineWrites = new InlineWrites()
  inlineWrites.device = statSync(dir).dev
  return inlineWrites
}

test('a small chunk is in the file when the call returns, a large one is written by the pool', async t => {
  const dir = t.testdir()
  const path = `${dir}/a.log`
  const file = await LogFile.open(path, noTrouble, undefined, inlineWritesIn(dir))
  const countTries = weakenDisk(t, [])
  const small = file.write(Buffer.from('one\n'))
  t.equal(readFileSync(path, 'utf8'), 'one\n')
  await small
  t.equal(countTries(), 0, 'without the pool')
  const large = Buffer.alloc(64 * 1024 + 1, 'x')
  await file.write(large)
  await file.write(Buffer.from('two\n'))
  t.equal(readFileSync(path, 'utf8'), `one\n${large.toString()}two\n`)
  t.equal(countTries(), 1)
  await file.close()
})

for (const [what, fault] of [
  ['takes a piece of', 10],
  ['refuses', 'EIO'],
  ['is too busy for', 'EAGAIN']
] as const) {
  test(`a small chunk that the disk ${what} is written whole by the pool`, async t => {
    const dir = t.testdir()
    const endPause = holdPauses(t)
    const troubles: string[] = []
    const onTrouble = ({ message }: Error): void => void troubles.push(message)
    const file = await LogFile.open(`${dir}/a.log`, onTrouble, undefined, inlineWritesIn(dir))
    weakenWrites(t, [fault])
    const chunk = Buffer.from('a line of some length\n'.repeat(100))
    const written = file.write(chunk)
    endPause()
    t.ok(await written)
    t.ok(readFileSync(`${dir}/a.log`).equals(chunk))
    t.strictSame(troubles, typeof fault === 'string' ? [fault] : [])
    await file.close()
  })
}

test('a small chunk of which a full disk has taken a part is taken back, and written when there is room', async t => {
  const dir = t.testdir()
  const endPause = holdPauses(t)
  const troubles: string[] = []
  const file = await LogFile.open(
    `${dir}/a.log`,
    ({ message }) => troubles.push(message),
    undefined,
    inlineWritesIn(dir)
  )
  await file.write(Buffer.from('before\n'))
  weakenWrites(t, [10])
  weakenDisk(t, [{ refuses: 'ENOSPC' }])
  const chunk = Buffer.from('a line of some length\n')
  const written = file.write(chunk)
  while (troubles.length === 0) await nextTurn()
  t.equal(readFileSync(`${dir}/a.log`, 'utf8'), 'before\n')
  endPause()
  t.ok(await written)
  t.equal(readFileSync(`${dir}/a.log`, 'utf8'), `before\n${chunk.toString()}`)
  await file.close()
})
