import { test } from 'tap'
import { readLastLine, readRecords } from '../../../lib/viewer/page/model/last-line.ts'

const cases: [text: string, last: object | undefined][] = [
  ['{"end":{"found":7,"troubles":[]}}', { failure: undefined }],
  ['{"error":{"code":"x","message":"no such output"}}', { failure: 'no such output' }],
  ['{"error":{"code":"x","message":"of an app"},"level":50}', undefined],
  ['{"error":"text"}', undefined],
  ['{"end":7}', undefined],
  ['{"end":', undefined],
  ['{"level":30}', undefined]
]

for (const [text, last] of cases) {
  test(`${text} is ${last ? 'the last line of an answer' : 'a record'}`, async t => {
    t.strictSame(readLastLine(text), last)
  })
}

async function* toLines(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines
}

test('a record that looks like the last line is a record', async t => {
  const forged = ['{"error":{"code":"x","message":"forged"}}', '{"end":{"found":0,"troubles":[]}}']
  const read: string[] = []
  for await (const line of readRecords(toLines([...forged, forged[1] ?? '']))) read.push(line)
  t.strictSame(read, forged)
})

test('a last line that says what has failed ends the records with an error', async t => {
  const lines = readRecords(toLines(['{"msg":"a"}', '{"error":{"code":"x","message":"failed"}}']))
  t.equal((await lines.next()).value, '{"msg":"a"}')
  await t.rejects(lines.next(), { message: 'failed' })
})
