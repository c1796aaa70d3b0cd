import { test } from 'tap'
import {
  findEntryEnd,
  findEntryStart,
  findHead,
  findLineEnd,
  findLineStart,
  skipContinuations
} from '../../lib/search/entries.ts'

const bytes = Buffer.from('one\n    two\n    three\nfour\n')
const [two, three, four] = [4, 12, 22]

test('a line has all its bytes, its newline included', async t => {
  for (const at of [two, two + 3, three - 1]) {
    t.equal(findLineStart(bytes, at), two)
    t.equal(findLineEnd(bytes, at), three)
  }
  t.equal(findLineStart(bytes, 0), 0)
})

test('a last line without a newline ends with the bytes', async t => {
  const open = Buffer.from('a\nbc')
  t.equal(findLineStart(open, 3), 2)
  t.equal(findLineEnd(open, 3), 4)
  t.equal(findEntryEnd(open, 2, 'text'), 4)
})

test('in the text format lines that begin with four spaces belong to the entry before', async t => {
  for (const at of [0, two, three, four - 1]) {
    t.equal(findEntryStart(bytes, at, 'text'), 0)
    t.equal(findEntryEnd(bytes, at, 'text'), four)
  }
  t.equal(findEntryStart(bytes, four, 'text'), four)
  t.equal(findEntryEnd(bytes, four, 'text'), bytes.length)
})

test('in NDJSON each line is an entry, however it begins', async t => {
  t.equal(findEntryStart(bytes, three + 5, 'ndjson'), three)
  t.equal(findEntryEnd(bytes, two, 'ndjson'), three)
})

test('three spaces begin an entry, and so does a tab', async t => {
  for (const start of ['   ', '\t']) {
    const lines = Buffer.from(`one\n${start}two\n`)
    t.equal(findEntryStart(lines, 6, 'text'), 4)
    t.equal(findEntryEnd(lines, 0, 'text'), 4)
  }
})

test('a continuation that nothing precedes begins with the bytes', async t => {
  const orphan = Buffer.from('    two\n    three\nfour\n')
  t.equal(findEntryStart(orphan, 10, 'text'), 0)
  t.equal(skipContinuations(orphan, 0), 18)
})

test('the first line of an entry is not looked for before the given one', async t => {
  t.equal(findHead(bytes, three), 0)
  t.equal(findHead(bytes, three, two), two)
  t.equal(findHead(bytes, four), four)
})

test('continuations are skipped up to the next entry, or the end of the bytes', async t => {
  t.equal(skipContinuations(bytes, two), four)
  t.equal(skipContinuations(bytes, four), four)
  t.equal(skipContinuations(bytes.subarray(0, four), two), four)
  t.equal(skipContinuations(bytes, bytes.length), bytes.length)
})
