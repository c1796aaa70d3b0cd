import { test } from 'tap'
import { JobResults } from '../../lib/search/job-results.ts'
import type { Part } from '../../lib/search/jobs.ts'

const part = (hits: number): Part => ({ hits }) as Part

test('parts come in their order, those of before and those that are waited for', async t => {
  const results = new JobResults()
  t.notOk(results.isReady)
  results.onPart(part(1))
  t.ok(results.isReady)
  t.match(await results.next(), { hits: 1 })
  const next = results.next()
  results.onPart(part(2))
  t.match(await next, { hits: 2 })
  const last = results.next()
  results.onDone(undefined)
  t.equal(await last, undefined)
  t.ok(results.isReady)
})

test('the error of a job comes after its parts', async t => {
  const results = new JobResults()
  results.onPart(part(1))
  results.onDone(new Error('no such file'))
  t.match(await results.next(), { hits: 1 })
  await t.rejects(results.next(), { message: 'no such file' })
})
