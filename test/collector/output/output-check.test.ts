import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import {
  parseCollectorOptions,
  type CollectorOptions
} from '../../../lib/collector/options/collector-options.ts'
import { findOutputProblems } from '../../../lib/collector/output/output-check.ts'

const now = Date.UTC(2026, 10, 23)
const tree = { 'a-file': '', folder: {}, 'is.2026-11-23.log': {}, 'left.log': '', link: '' }

/** Options of one output, with paths in the test's folder, and what is wrong with them. */
const cases: [what: string, options: CollectorOptions, problems: RegExp[]][] = [
  ['nothing is wrong with a log whose folders must be created', { file: 'new/{app}/x.log' }, []],
  ['nothing is wrong with a log that is there', { file: 'left.log', rotate: 'never' }, []],
  [
    'a file in place of a folder',
    { file: 'a-file/b/x.log' },
    [/^ERR_ZMQ_PUB_FILE: cannot write .*a-file.*not a folder; make/]
  ],
  [
    'a folder in place of a log',
    { file: 'folder', rotate: 'never' },
    [/folder is a folder; name a file in it/]
  ],
  [
    "a folder in place of today's file",
    { file: 'is.log' },
    [/is\.2026-11-23\.log: it is there, and not a file/]
  ],
  [
    'a file in place of a link',
    { file: 'x.log', symlink: 'link' },
    [
      /link: it already exists and is not a link; move it away, or choose another name for the link \(--symlink/
    ]
  ],
  [
    'each problem is said once',
    { outputs: [{ file: 'a-file/x.log' }, { file: 'a-file/y.log' }] },
    [/a-file/]
  ]
]

for (const [what, options, problems] of cases) {
  test(what, async t => {
    const folder = t.testdir(tree)
    const inFolder = <T extends { file?: string }>(given: T): T =>
      given.file === undefined ? given : { ...given, file: join(folder, given.file) }
    const outputs = options.outputs && { outputs: options.outputs.map(inFolder) }
    const given = { ...inFolder(options), ...outputs, timezone: 'utc' }
    const found = findOutputProblems(parseCollectorOptions(given), now)
    t.match(found, problems)
    t.equal(found.length, problems.length)
    t.strictSame(readdirSync(folder).toSorted(), Object.keys(tree).toSorted(), 'nothing is created')
  })
}

const isRoot = process.getuid?.() === 0

test(
  'folders and files without permission are problems',
  { skip: isRoot && 'root may write everything' },
  async t => {
    const folder = t.testdir({ closed: {}, 'x.log': '' })
    chmodSync(`${folder}/closed`, 0o500)
    chmodSync(`${folder}/x.log`, 0o400)
    const outputs = [{ file: `${folder}/closed/a/x.log` }, { file: `${folder}/x.log` }]
    const found = findOutputProblems(parseCollectorOptions({ rotate: 'never', outputs }))
    t.match(found, [/closed.*EACCES/, /x\.log: EACCES/])
  }
)
