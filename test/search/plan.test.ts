import { statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { compressFile } from '../../lib/collector/files/compression.ts'
import { JobPace } from '../../lib/collector/files/job-pace.ts'
import { closeFile, openFile, type OpenFile } from '../../lib/search/files.ts'
import { planFile } from '../../lib/search/plan.ts'
import { everything, type ScanSettings } from '../../lib/search/query.ts'

const values = { app: undefined, host: undefined }
const settings: ScanSettings = {
  query: everything,
  lines: { format: 'ndjson', timeKey: '', levelKey: '', messageKey: '', timezone: 'utc' },
  output: { form: 'json', isColored: false, isTerminal: false, isReversed: false, limit: 0 }
}
const startMs = 1_795_417_602_000

test('blocks that have nothing to find are skipped, and all without a fitting index are searched', async t => {
  const path = join(t.testdir({}), 'log')
  const lines = Array.from(
    { length: 100_000 },
    (_, index) => `{"level":30,"time":${startMs + index},"msg":"${'x'.repeat(40)}"}\n`
  )
  writeFileSync(path, lines.join(''))
  const pace = new JobPace(new Int32Array(new SharedArrayBuffer(4)), false)
  compressFile(path, 'gzip', settings.lines, pace, error => t.fail(error.message))
  const open = (): OpenFile => openFile({ paths: [`${path}.gz`], values, bytes: 0 }) as OpenFile
  const countBlocks = (query: Partial<ScanSettings['query']>): number => {
    const file = open()
    const { jobs } = planFile(file, values, {
      ...settings,
      query: { ...settings.query, ...query }
    })
    closeFile(file)
    const blocks = jobs.flatMap(job => (job.kind === 'blocks' ? job.blocks : []))
    return jobs.some(({ kind }) => kind === 'file') ? -1 : blocks.length
  }
  const all = countBlocks({})
  t.ok(all >= 7, `${all} blocks`)
  t.equal(countBlocks({ sinceMs: startMs + 99_999 }), 1)
  t.equal(countBlocks({ untilMs: startMs + 1 }), 1)
  t.equal(countBlocks({ untilMs: startMs }), 0)
  t.equal(countBlocks({ level: 40 }), 0)
  t.equal(countBlocks({ level: 30 }), all)
  truncateSync(`${path}.gz`, statSync(`${path}.gz`).size - 1)
  t.equal(countBlocks({ level: 40 }), -1, 'the index is of another state of the file')
})
