import { test } from 'tap'
import { findTroubles } from '../../../lib/collector/reporting/readiness.ts'

const full = Object.assign(new Error("ENOSPC: no space left on device, open '/logs/evil.log'"), {
  code: 'ENOSPC'
})
const good = { file: '/logs/{date}.log', isRequired: true, trouble: undefined }
const running = { isStarting: false, isStopping: false, outputs: [good], journalTrouble: undefined }

const cases: [title: string, readiness: Parameters<typeof findTroubles>[0], expected: string[]][] =
  [
    ['a collector that writes is ready', running, []],
    ['one that starts is not', { ...running, isStarting: true }, ['starting']],
    ['one that stops is not', { ...running, isStopping: true }, ['stopping']],
    [
      'one whose required output cannot be written is not',
      { ...running, outputs: [good, { ...good, file: '/logs/{app}.log', trouble: full }] },
      ['cannot write /logs/{app}.log: ENOSPC']
    ],
    [
      'one whose other output cannot be written is ready',
      { ...running, outputs: [good, { ...good, isRequired: false, trouble: full }] },
      []
    ],
    [
      'one whose journal cannot be written is not',
      { ...running, journalTrouble: new Error('a \u001B[31m reason') },
      [String.raw`cannot write the journal: a \u001b[31m reason`]
    ],
    [
      'a writer that cannot read its stream is not',
      { ...running, sourceTrouble: new Error('server shutdown') },
      ['cannot read the stream: server shutdown']
    ]
  ]

for (const [title, readiness, expected] of cases) {
  test(title, async t => {
    t.strictSame(findTroubles(readiness), expected)
  })
}
