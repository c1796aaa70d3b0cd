import { existsSync } from 'node:fs'
import { test } from 'tap'
import { LogLocks, findJournalPath } from '../lib/log-locks.ts'

test('all logs are locked, or none', async t => {
  const dir = t.testdir()
  const [a, b, c] = ['a', 'b', 'c'].map(name => `${dir}/${name}`) as [string, string, string]
  const [one, other] = [new LogLocks(), new LogLocks()]
  one.hold([a, b])
  one.hold([a, b])
  t.throws(() => other.hold([c, b]), {
    code: 'ERR_ZMQ_PUB_FILE',
    message: `ERR_ZMQ_PUB_FILE: another collector writes this log: it holds ${b}.lock; stop it, or choose another --file`
  })
  t.notOk(existsSync(`${c}.lock`))
  one.keepOnly([a])
  other.hold([c, b])
  t.throws(() => other.hold([a]), { code: 'ERR_ZMQ_PUB_FILE' })
  one.keepOnly([])
  other.hold([a])
  other.keepOnly([])
  t.notOk([a, b, c].some(path => existsSync(`${path}.lock`)))
})

test('the journal is beside the log that had it, else beside the first', async t => {
  const dir = t.testdir({ '.b.log.journal': '' })
  const [a, b] = [`${dir}/a.log`, `${dir}/b.log`] as const
  t.equal(findJournalPath([a, b]), `${dir}/.b.log.journal`)
  t.equal(findJournalPath([a, `${dir}/c.log`]), `${dir}/.a.log.journal`)
})
