import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'tap'
import { keepAside } from '../../../lib/collector/journal/keep-aside.ts'
import { failAlways, failOnce } from '../../helpers/file-system.ts'
import { openJournal } from '../../helpers/journal.ts'

/** Opens a damaged journal. @returns what is kept, by name */
function start(dir: string, text: string): Record<string, string> {
  writeFileSync(`${dir}/.journal`, text)
  openJournal(dir).close()
  const names = readdirSync(dir).filter(name => name.includes('damaged'))
  return Object.fromEntries(
    names.toSorted().map(name => [name, readFileSync(`${dir}/${name}`, 'utf8')])
  )
}

test('of damaged journals the first ones are kept, and the last', async t => {
  const dir = t.testdir()
  t.strictSame(start(dir, '1'), { '.journal.damaged': '1' })
  for (const text of ['2', '3', '4', '5', '6']) start(dir, text)
  t.strictSame(start(dir, '7'), {
    '.journal.damaged': '1',
    '.journal.damaged.2': '2',
    '.journal.damaged.3': '3',
    '.journal.damaged.4': '4',
    '.journal.damaged.5': '7'
  })
})

test('a damaged journal is kept although the disk is full, and once only', async t => {
  const dir = t.testdir()
  const noRoom = failAlways(t, 'openSync', 'ENOSPC', '.new')
  const kept = { '.journal.damaged': 'damaged' }
  t.strictSame(start(dir, 'damaged'), kept)
  openJournal(dir).close()
  noRoom()
  openJournal(dir).close()
  t.strictSame(
    readdirSync(dir).filter(name => name.includes('damaged')),
    Object.keys(kept)
  )
  t.equal(readFileSync(`${dir}/.journal.damaged`, 'utf8'), 'damaged')
  t.match(readFileSync(`${dir}/.journal`, 'utf8'), /^\{"collector"/)
})

test('where files have one name only a damaged journal is copied', async t => {
  const dir = t.testdir({ '.journal': 'damaged' })
  failOnce(t, 'linkSync', 'EPERM')
  t.equal(keepAside(`${dir}/.journal`), `${dir}/.journal.damaged`)
  t.equal(readFileSync(`${dir}/.journal.damaged`, 'utf8'), 'damaged')
  t.not(statSync(`${dir}/.journal.damaged`).ino, statSync(`${dir}/.journal`).ino)
})

test('a damaged journal that can not be kept ends no start', async t => {
  const dir = t.testdir({ '.journal': 'damaged' })
  failOnce(t, 'linkSync', 'EPERM')
  failOnce(t, 'copyFileSync', 'ENOSPC')
  openJournal(dir).close()
  t.notOk(existsSync(`${dir}/.journal.damaged`))
})
