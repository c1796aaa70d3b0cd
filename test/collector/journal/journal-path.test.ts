import { resolve } from 'node:path'
import { test } from 'tap'
import { findJournalPath, toJournalPath } from '../../../lib/collector/journal/journal-path.ts'

const paths: [file: string, journal: string][] = [
  ['logs/{date}.log', 'logs/.{date}.log.journal'],
  ['{date}.log', '.{date}.log.journal'],
  ['logs/app-{date}.log', 'logs/.app-{date}.log.journal'],
  ['logs/{date}/app.log', 'logs/.{date}_app.log.journal'],
  ['logs/x{date}/y/app.log', 'logs/.x{date}_y_app.log.journal'],
  ['logs/all.log', 'logs/.all.log.journal'],
  ['all.log', '.all.log.journal'],
  ['./all', '.all.journal'],
  ['../{date}.log', '../.{date}.log.journal'],
  ['/var/log/app/{date}.log', '/var/log/app/.{date}.log.journal'],
  ['/var/log/all.log', '/var/log/.all.log.journal'],
  ['/{date}.log', '/.{date}.log.journal'],
  ['logs/', 'logs/.logs.journal']
]

for (const [file, journal] of paths) {
  test(`the journal of ${file} is ${journal}`, async t => {
    t.equal(toJournalPath(file), resolve(journal))
  })
}

test('the journal of several logs is where one exists, else beside the first required log', async t => {
  const dir = t.testdir({ '.b.log.journal': '' })
  const find = (...outputs: [name: string, required: boolean][]): string =>
    findJournalPath(outputs.map(([name, required]) => ({ file: `${dir}/${name}.log`, required })))
  t.equal(find(['a', true], ['b', true]), `${dir}/.b.log.journal`)
  t.equal(find(['a', true], ['c', true]), `${dir}/.a.log.journal`)
  t.equal(find(['a', false], ['c', true]), `${dir}/.c.log.journal`)
  t.equal(find(['a', false], ['c', false]), `${dir}/.a.log.journal`)
  t.equal(find(['a', false], ['b', false]), `${dir}/.b.log.journal`)
})
