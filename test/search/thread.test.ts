import { test } from 'tap'
import type { Job } from '../../lib/search/jobs.ts'
import { everything, type ScanSettings } from '../../lib/search/query.ts'
import { SearchThread } from '../../lib/search/thread.ts'

const settings: ScanSettings = {
  query: everything,
  lines: { format: 'ndjson', timeKey: '', levelKey: '', messageKey: '', timezone: 'utc' },
  output: { form: 'json', isColored: false, isTerminal: false, isReversed: false, limit: 0 }
}
const job: Job = {
  kind: 'ranges',
  fd: -1,
  ranges: [],
  size: 0,
  values: { app: undefined, host: undefined }
}

/** Resolves when a job is done, with its error. */
function run(thread: SearchThread): Promise<Error | undefined> {
  return new Promise(resolve => thread.add(job, { onPart: () => undefined, onDone: resolve }))
}

test('a thread that has ended, as without a file descriptor for it, ends further jobs with its error', async t => {
  const thread = new SearchThread(settings)
  t.equal(await run(thread), undefined)
  await thread.close()
  t.match(await run(thread), { message: /a search thread ended with/ })
})

test('an abort ends all jobs of a thread with its reason', async t => {
  const thread = new SearchThread(settings)
  const jobs = [run(thread), run(thread)]
  thread.abort(new Error('enough'))
  t.match(await Promise.all([...jobs, run(thread)]), [
    { message: 'enough' },
    { message: 'enough' },
    { message: 'enough' }
  ])
  await thread.close()
})
