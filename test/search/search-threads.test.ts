/** Jobs that this thread and others do come in their order. */
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'tap'
import { everything, type ScanSettings } from '../../lib/search/query.ts'
import { runJobs, type QueuedJob } from '../../lib/search/search-threads.ts'

const settings: ScanSettings = {
  query: { ...everything, patterns: ['paid'] },
  lines: { format: 'ndjson', timeKey: '', levelKey: '', messageKey: '', timezone: 'utc' },
  output: { form: 'json', isColored: false, isTerminal: false, isReversed: false, limit: 0 }
}
const line = '{"msg":"paid"}\n'
const jobCount = 300

for (const isHelped of [true, false]) {
  const who = isHelped ? 'this thread and others' : 'other threads'
  test(`what ${who} find comes in the order of the jobs, each job once`, async t => {
    const path = join(t.testdir({}), 'a.log')
    const lines = Array.from({ length: jobCount }, (_, index) => `{"n":${1000 + index}}${line}`)
    writeFileSync(path, lines.join(''))
    const fd = openSync(path, 'r')
    const length = Buffer.byteLength(lines[0] ?? '')
    const done: number[] = []
    /** Takes so long that other threads start meanwhile. */
    async function* makeJobs(): AsyncGenerator<QueuedJob> {
      for (let index = 0; index < jobCount; index++) {
        await sleep(1)
        const ranges = [{ offset: index * length, length, isSummarized: false }]
        yield {
          job: {
            kind: 'ranges',
            fd,
            ranges,
            size: jobCount * length,
            values: { app: undefined, host: undefined }
          },
          onSummary: () => undefined,
          onDamage: () => undefined,
          onDone: error => done.push(error ? -1 : index)
        }
      }
    }
    let output = ''
    const { signal } = new AbortController()
    await runJobs(
      makeJobs(),
      settings,
      3,
      async ({ bytes }) => {
        output += Buffer.from(bytes).toString()
        return true
      },
      isHelped ? undefined : signal,
      0
    )
    closeSync(fd)
    t.ok(output === lines.join(''))
    t.strictSame(
      done,
      Array.from({ length: jobCount }, (_, index) => index)
    )
  })
}
