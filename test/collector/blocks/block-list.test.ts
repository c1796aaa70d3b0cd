/** Real files, read in blocks, as the collector and a search read them. */
import { appendFileSync, closeSync, openSync, truncateSync, writeFileSync } from 'node:fs'
import fc from 'fast-check'
import { test, type Test } from 'tap'
import type { Block } from '../../../lib/collector/blocks/block-index.ts'
import { BlockList } from '../../../lib/collector/blocks/block-list.ts'
import { blockBytes, pieceBytes, readBlocks } from '../../../lib/collector/blocks/block-reader.ts'

const settings = { timeKey: '', levelKey: '', timezone: 'utc' }
const ms = 1_795_417_602_000

function listBlocks(path: string, onPiece?: (bytes: Buffer) => void): readonly Block[] {
  const fd = openSync(path, 'r')
  const list = new BlockList(settings)
  for (const piece of readBlocks(fd)) {
    onPiece?.(piece.bytes)
    list.add(piece, piece.bytes.length)
  }
  closeSync(fd)
  return list.index.blocks
}

function write(t: Test, text: string | Buffer): string {
  const path = `${t.testdir()}/a.log`
  writeFileSync(path, text)
  return path
}

const record = (number: number): string => `{"level":30,"time":${ms + number},"msg":"${number}"}\n`

test('blocks are whole lines of about 1 MiB, with their times', async t => {
  const lines = Array.from({ length: 100_000 }, (_, number) => record(number))
  const text = lines.join('')
  const blocks = listBlocks(write(t, text))
  t.equal(blocks.length, Math.ceil(text.length / blockBytes))
  let from = 0
  for (const { offset, length, bytes, lines: count, timesMs, levels } of blocks) {
    const part = lines.slice(from, from + count).join('')
    t.equal(text.slice(offset, offset + length), part)
    t.equal(bytes, length)
    t.ok(length <= blockBytes)
    t.strictSame([timesMs, levels], [[ms + from, ms + from + count - 1], [30]])
    from += count
  }
  t.equal(from, lines.length)
})

const odd: [what: string, text: string, lengths: number[], lines: number[]][] = [
  ['is empty', '', [], []],
  ['is one newline', '\n', [1], [1]],
  ['has no last newline', 'a\nb', [3], [2]],
  ['is one long line', `${'x'.repeat(3e6)}\n`, [3_000_001], [1]],
  ['is one long line without an end', 'x'.repeat(3e6), [3_000_000], [1]],
  [
    'has a long line between short ones',
    `a\n${'x'.repeat(3e6)}\nb\n`,
    [2, 3_000_001, 2],
    [1, 1, 1]
  ],
  [
    'has a long entry between short ones',
    `a\ne\n${`    ${'x'.repeat(99)}\n`.repeat(30_000)}b\n`,
    [2, 3_120_002, 2],
    [1, 30_001, 1]
  ],
  [
    'ends within what may be four spaces',
    `${'x'.repeat(blockBytes - 1)}\n   `,
    [blockBytes, 3],
    [1, 1]
  ],
  ['ends with four spaces', `${'x'.repeat(blockBytes - 1)}\n    `, [blockBytes + 4], [2]],
  ['has exactly one block', `${'x'.repeat(blockBytes - 1)}\n`, [blockBytes], [1]]
]

for (const [what, text, lengths, lines] of odd) {
  test(`a file that ${what} is in blocks of whole entries`, async t => {
    const pieces: Buffer[] = []
    const blocks = listBlocks(write(t, text), bytes => pieces.push(Buffer.from(bytes)))
    t.strictSame(
      blocks.map(({ length }) => length),
      lengths
    )
    t.strictSame(
      blocks.map(block => block.lines),
      lines
    )
    t.ok(Buffer.concat(pieces).equals(Buffer.from(text)), 'all bytes')
  })
}

test('a line that is larger than what is read at once is a block of several pieces', async t => {
  const path = write(t, record(1))
  truncateSync(path, 2 * pieceBytes + 5) // a line of zero bytes, which takes no room on the disk
  appendFileSync(path, `\n    more\n${record(2)}`)
  const lengths: number[] = []
  const blocks = listBlocks(path, bytes => lengths.push(bytes.length))
  t.ok(Math.max(...lengths) <= pieceBytes, lengths.join())
  t.strictSame(
    blocks.map(({ lines, timesMs }) => [lines, timesMs]),
    [
      [1, [ms + 1, ms + 1]],
      [2, undefined],
      [1, [ms + 2, ms + 2]]
    ]
  )
})

test('each line of any file has, in its block, the facts that the block promises', async t => {
  const text = fc.oneof(
    fc.integer({ min: 0, max: 1e6 }).map(number => record(number)),
    fc.integer({ min: 0, max: 1e6 }).map(number => `${record(number).slice(0, 30)}\n`),
    fc.constantFrom('\n', '    at x\n', '   three\n', 'text\n'),
    fc
      .integer({ min: 1, max: 2e6 })
      .map(length => `{"a":"${'x'.repeat(length)}","time":${ms},"level":50}\n`),
    fc.integer({ min: 1, max: 30_000 }).map(count => record(count).repeat(count))
  )
  const path = write(t, '')
  fc.assert(
    fc.property(fc.array(text, { maxLength: 12 }), texts => {
      const whole = Buffer.from(texts.join(''))
      writeFileSync(path, whole)
      const pieces: Buffer[] = []
      const blocks = listBlocks(path, bytes => pieces.push(Buffer.from(bytes)))
      const isWhole = Buffer.concat(pieces).equals(whole)
      return isWhole && blocks.every(block => isTrue(block, whole))
    }),
    { numRuns: 40 }
  )
})

/** Whether a block says what its lines say, read one by one. */
function isTrue({ offset, length, lines, timesMs, levels }: Block, whole: Buffer): boolean {
  const text = whole.toString('utf8', offset, offset + length)
  const all = text.replace(/\n$/, '').split('\n')
  if (all.length !== lines || (offset > 0 && text.startsWith('    '))) return false
  return all.every(line => {
    const time = /"time":(\d+)[,}]/.exec(line)?.[1]
    const level = /"level":(\d+)[,}]/.exec(line)?.[1]
    if (line.startsWith('    ')) return true
    const isInTime = time === undefined ? !timesMs : !timesMs || isBetween(Number(time), timesMs)
    return isInTime && (level === undefined ? !levels : !levels || levels.includes(Number(level)))
  })
}

function isBetween(value: number, [least, greatest]: readonly [number, number]): boolean {
  return value >= least && value <= greatest
}
