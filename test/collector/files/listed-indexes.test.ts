import { join } from 'node:path'
import { test } from 'tap'
import { ListedIndexes } from '../../../lib/collector/files/listed-indexes.ts'
import type { ListedIndex, ListedLog } from '../../../lib/collector/naming/log-listing.ts'

test('indexes are compared with the files of the same listing', async t => {
  const folder = t.testdir({ 'renamed.log': '' })
  const toPath = (name: string): string => join(folder, name)
  const log = (name: string, writtenAt: number) =>
    ({ path: toPath(name), writtenAt }) as unknown as ListedLog
  const index = (name: string, writtenAt: number | undefined) =>
    ({ logPath: toPath(name), writtenAt }) as unknown as ListedIndex
  const listed = new ListedIndexes()
  const orphans = [index('deleted.log', 5), index('killed.log', undefined)]
  for (const found of [
    index('good.log', 10.2),
    index('old.log', 10),
    index('renamed.log', 10),
    ...orphans
  ]) {
    listed.add(found)
  }
  const logs = [log('good.log', 10.9), log('old.log', 20), log('bare.log', 30)]
  let pauses = 0
  const tasks = await listed.compare(logs, () => {
    pauses++
    return pauses === 2 ? Promise.resolve() : undefined
  })
  t.strictSame([...tasks.missing], [logs[2]])
  t.strictSame([...tasks.old], [logs[1]])
  t.strictSame(tasks.orphans, orphans, 'one whose file is there by a former name is none')
  t.equal(pauses, 3)
})
