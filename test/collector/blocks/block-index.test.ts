import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  type Stats
} from 'node:fs'
import { dirname } from 'node:path'
import { test, type Test } from 'tap'
import {
  readIndex,
  toIndexedPath,
  toIndexPath,
  writeIndex,
  type Block
} from '../../../lib/collector/blocks/block-index.ts'
import { cannotMount, fillDisk, mountDisk } from '../../helpers/small-disk.ts'

const settings = { timeKey: '', levelKey: '', timezone: 'Europe/Berlin' }
const blocks: Block[] = [
  {
    offset: 0,
    length: 6,
    bytes: 60,
    lines: 2,
    timesMs: [1_795_417_602_000.5, 1_795_417_603_000],
    levels: [30, 50]
  },
  { offset: 6, length: 4, bytes: 40, lines: 1, timesMs: undefined, levels: undefined }
]

/** A file of 10 bytes with an index. */
function makeIndexed(
  t: Test,
  dependsOnZone = false
): { path: string; index: string; stats: Stats } {
  const dir = t.testdir({ 'a.log': '0123456789' })
  const path = `${dir}/a.log`
  chmodSync(path, 0o640)
  utimesSync(path, 1_795_417_602.987_654, 1_795_417_602.987_654)
  const stats = statSync(path)
  const timezone = dependsOnZone ? settings.timezone : ''
  writeIndex(path, stats, { settings: { ...settings, timezone }, blocks })
  return { path, index: `${dir}/.a.log.index`, stats }
}

test('an index is read as it was written, and has permissions and time of its file', async t => {
  const { path, index, stats } = makeIndexed(t)
  t.strictSame(readIndex(path, stats, settings)?.blocks, blocks)
  const found = statSync(index)
  t.equal(found.mode & 0o777, 0o640)
  t.equal(Math.floor(found.mtimeMs), Math.floor(stats.mtimeMs))
  t.strictSame(readdirSync(dirname(path)), ['.a.log.index', 'a.log'])
})

test('an empty file has an index without blocks', async t => {
  const dir = t.testdir({ 'a.log': '' })
  const stats = statSync(`${dir}/a.log`)
  writeIndex(`${dir}/a.log`, stats, { settings, blocks: [] })
  t.strictSame(readIndex(`${dir}/a.log`, stats, settings)?.blocks, [])
})

test('an index of another state of the file, or of other settings, is none', async t => {
  const { path, stats } = makeIndexed(t)
  const { size, mtimeMs } = stats
  t.ok(readIndex(path, { size, mtimeMs: Math.floor(mtimeMs) }, settings), 'whole ms are enough')
  t.notOk(readIndex(path, { size: 11, mtimeMs }, settings))
  t.notOk(readIndex(path, { size, mtimeMs: mtimeMs + 1 }, settings))
  t.notOk(readIndex(path, stats, { ...settings, timeKey: 'ts' }))
  t.notOk(readIndex(path, stats, { ...settings, levelKey: 'severity' }))
})

test('the time zone counts only where a time depends on it', async t => {
  const independent = makeIndexed(t)
  const other = { ...settings, timezone: 'Asia/Tokyo' }
  t.ok(readIndex(independent.path, independent.stats, other))
  const { path, stats } = makeIndexed(t, true)
  t.notOk(readIndex(path, stats, other))
  t.ok(readIndex(path, stats, settings))
})

test('the local zone is known by its name', async t => {
  const { path, stats } = makeIndexed(t)
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  writeIndex(path, stats, { settings: { ...settings, timezone: 'local' }, blocks })
  t.ok(readIndex(path, stats, { ...settings, timezone: timeZone }))
  t.ok(readIndex(path, stats, { ...settings, timezone: 'local' }))
})

test('whatever is changed, cut off or added anywhere in an index, it is none', async t => {
  const { path, index, stats } = makeIndexed(t)
  const whole = readFileSync(index)
  for (let offset = 0; offset < whole.length; offset++) {
    writeFileSync(index, whole.subarray(0, offset))
    t.notOk(readIndex(path, stats, settings), `cut at ${offset}`)
    const changed = Buffer.from(whole)
    changed[offset] = (whole[offset] as number) ^ 1
    writeFileSync(index, changed)
    const found = readIndex(path, stats, settings)
    // Of the header some bytes say nothing, such as the spelling of an absent key.
    if (found) t.strictSame(found.blocks, blocks, `changed at ${offset}`)
  }
  writeFileSync(index, Buffer.concat([whole, Buffer.from('\n')]))
  t.notOk(readIndex(path, stats, settings), 'a line too many')
})

const hostile: [what: string, body: string][] = [
  ['blocks that are not the whole file', '[5,60,2,1,2,[30]]'],
  ['a negative length', '[20,60,2,1,2,[30]]\n[-10,60,2,1,2,[30]]'],
  ['a length that is no number', '["10",60,2,1,2,[30]]'],
  ['a length with a fraction', '[9.5,60,2,1,2,[30]]\n[0.5,60,2,1,2,[30]]'],
  ['too few values', '[10,60,2,1,2]'],
  ['an object', '{"length":10}'],
  ['nothing', 'null'],
  ['half a time range', '[10,60,2,1,null,[30]]'],
  ['times in the wrong order', '[10,60,2,2,1,[30]]'],
  ['levels that are no numbers', '[10,60,2,1,2,["a"]]'],
  ['very many levels', `[10,60,2,1,2,[${Array.from({ length: 100 }, (_, n) => n).join()}]]`],
  ['levels in an object', '[10,60,2,1,2,{"length":0}]'],
  ['deep arrays', `${'['.repeat(100_000)}${']'.repeat(100_000)}`]
]

for (const [what, body] of hostile) {
  test(`an index with ${what} is none, though its checksum is right`, async t => {
    const { createHash } = await import('node:crypto')
    const { path, index, stats } = makeIndexed(t)
    const [header = ''] = readFileSync(index, 'utf8').split('\n')
    const sha256 = createHash('sha256').update(`${body}\n`).digest('hex')
    const said = JSON.stringify({ ...(JSON.parse(header) as object), sha256 })
    writeFileSync(index, `${said}\n${body}\n`)
    t.equal(readIndex(path, stats, settings), undefined)
  })
}

test('an index of another version is none', async t => {
  const { path, index, stats } = makeIndexed(t)
  const text = readFileSync(index, 'utf8')
  writeFileSync(index, text.replace('"zmqPubIndex":1', '"zmqPubIndex":2'))
  t.equal(readIndex(path, stats, settings), undefined)
})

test('what is no file in place of an index, or is huge, is not read', async t => {
  const dir = t.testdir({ 'a.log': '' })
  const path = `${dir}/a.log`
  const index = toIndexPath(path)
  t.equal(readIndex(path, statSync(path), settings), undefined, 'missing')
  mkdirSync(index)
  t.equal(readIndex(path, statSync(path), settings), undefined, 'a folder')
  const { path: other, stats } = makeIndexed(t)
  truncateSync(toIndexPath(other), 2 ** 40)
  t.equal(readIndex(other, stats, settings), undefined, 'a terabyte')
  if (process.platform !== 'win32') {
    symlinkSync(toIndexPath(other), `${dir}/.b.log.index`)
    t.equal(readIndex(`${dir}/b.log`, stats, settings), undefined, 'a link')
  }
})

test('an index that can not be written leaves the former one, and nothing half done', async t => {
  const { path, index, stats } = makeIndexed(t)
  const before = readFileSync(index)
  mkdirSync(`${index}.new/full`, { recursive: true })
  t.throws(() => writeIndex(path, stats, { settings, blocks: [] }))
  t.strictSame(readFileSync(index), before)
})

test('on a full disk nothing half done is left', { skip: cannotMount }, async t => {
  const { dir, unmount } = mountDisk('64k')
  t.teardown(unmount)
  const path = `${dir}/a.log`
  writeFileSync(path, 'line\n')
  const stats = statSync(path)
  fillDisk(`${dir}/full`)
  const many = Array.from({ length: 10_000 }, () => blocks[0] as Block)
  t.throws(() => writeIndex(path, stats, { settings, blocks: many }), { code: 'ENOSPC' })
  t.strictSame(readdirSync(dir), ['a.log', 'full'])
})

test('what a kill has left half done is replaced', async t => {
  const { path, index, stats } = makeIndexed(t)
  writeFileSync(`${index}.new`, 'half')
  writeIndex(path, stats, { settings, blocks })
  t.strictSame(readdirSync(dirname(path)), ['.a.log.index', 'a.log'])
})

test('the file of an index is known by its name', async t => {
  t.equal(toIndexedPath('x/.a.log.gz.index'), 'x/a.log.gz')
  t.equal(toIndexedPath('x/.a.log.index.new'), 'x/a.log')
  for (const path of ['x/a.log', 'x/.index', 'x/a.index', 'x/..index', 'x/.a.log.journal'])
    t.equal(toIndexedPath(path), undefined)
})
