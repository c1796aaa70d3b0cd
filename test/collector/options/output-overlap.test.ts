import { test } from 'tap'
import { parseCollectorOptions } from '../../../lib/collector/options/collector-options.ts'
import type { OutputOptions } from '../../../lib/collector/options/output-options.ts'
import { findOverlaps } from '../../../lib/collector/options/output-overlap.ts'

/** The overlaps between outputs that are each valid, as pairs of option names. */
function overlapsOf(items: OutputOptions[]): string[] {
  const outputs = items.map(item => parseCollectorOptions({ rotate: 'never', ...item }).outputs[0])
  const faults = findOverlaps(
    outputs.flatMap((output, index) => (output ? [[output, name => `${index}.${name}`]] : []))
  )
  return faults.map(fault => fault.replace(/ and (\S+) must never be the same path, .*/, ' $1'))
}

const cases: [what: string, outputs: OutputOptions[], overlaps: string[]][] = [
  ['different files', [{ file: 'a.log' }, { file: 'b.log' }], []],
  ['one file', [{ file: 'a.log' }, { file: 'x/../a.log' }], ['1.file 0.file']],
  ['one file in another case', [{ file: 'a.log' }, { file: 'A.log' }], ['1.file 0.file']],
  [
    'a name that a value may give',
    [{ file: 'l/{app}.log' }, { file: 'l/x.log' }],
    ['1.file 0.file']
  ],
  ['values in different folders', [{ file: 'a/{app}.log' }, { file: 'b/{app}.log' }], []],
  ['a name of a further file', [{ file: 'a.log' }, { file: 'a.1.log' }], ['1.file 0.file']],
  [
    'a link and a file',
    [{ file: 'a.log' }, { file: 'b.log', symlink: 'a.log' }],
    ['1.symlink 0.file']
  ],
  [
    'links that differ by an index',
    [
      { file: 'a.log', symlink: 'now' },
      { file: 'b.log', symlink: 'now.1' }
    ],
    []
  ],
  [
    'one link',
    [
      { file: 'a.log', symlink: 'now' },
      { file: 'b.log', symlink: 'now' }
    ],
    ['1.symlink 0.symlink']
  ],
  [
    'three outputs, of which two overlap',
    [{ file: 'a.log' }, { file: 'b.log' }, { file: 'b.log' }],
    ['2.file 1.file']
  ]
]

for (const [what, outputs, overlaps] of cases) {
  test(`${what}: ${overlaps.length === 0 ? 'no overlap' : overlaps.join(', ')}`, async t => {
    t.strictSame(overlapsOf(outputs), overlaps)
  })
}
