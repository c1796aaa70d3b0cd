import { test } from 'tap'
import { LineSplitter } from '../../../lib/viewer/page/model/ndjson.ts'

test('lines are complete, wherever the pieces are cut', async t => {
  const text = '{"a":1}\n\n{"b":"é"}\n{"c":3}'
  for (let size = 1; size <= text.length; size++) {
    const splitter = new LineSplitter()
    const lines: string[] = []
    for (let at = 0; at < text.length; at += size)
      lines.push(...splitter.add(text.slice(at, at + size)))
    t.strictSame([...lines, ...splitter.end()], ['{"a":1}', '{"b":"é"}', '{"c":3}'], `${size}`)
  }
})
