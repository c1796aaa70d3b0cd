import { pino } from 'pino'
import { test, type Test } from 'tap'
import { AccessReporter } from '../../../lib/collector/reporting/access-reporter.ts'

/** A reporter whose time passes only by `pass`, and what it has logged since the last look. */
function makeReporter(t: Test) {
  let now = 1000
  t.intercept(performance, 'now', { value: () => now })
  const lines: string[] = []
  const options = { base: null, timestamp: false }
  const logger = pino(options, { write: line => void lines.push(line) })
  return {
    reporter: new AccessReporter(logger),
    take: () => lines.splice(0).map(line => JSON.parse(line) as Record<string, unknown>),
    pass: (ms: number) => void (now += ms)
  }
}

const address = 'tcp://127.0.0.1:5558'

test('a start says where the collector listens, and how, where it connects, and where it publishes', async t => {
  const { reporter, take } = makeReporter(t)
  reporter.started(
    [
      { address, mode: 'secure' },
      { address: 'ipc://a', mode: 'plain' }
    ],
    ['tcp://web-1:5558'],
    [{ address: 'ipc://b', mode: 'open' }]
  )
  t.strictSame(take(), [
    { level: 30, address, mode: 'secure', msg: 'listening' },
    { level: 30, address: 'ipc://a', mode: 'plain', msg: 'listening' },
    { level: 30, address: 'tcp://web-1:5558', msg: 'connecting' },
    { level: 30, address: 'ipc://b', mode: 'open', msg: 'publishing' }
  ])
})

const troubles: [
  what: string,
  report: (reporter: AccessReporter) => void,
  entry: Record<string, unknown>
][] = [
  [
    'a deleted socket file',
    reporter => reporter.ipcFileLost('ipc://a', true),
    { level: 40, address: 'ipc://a', msg: 'the socket file was deleted; listening again' }
  ],
  [
    'a socket file of another process',
    reporter => reporter.ipcFileLost('ipc://a', false),
    {
      level: 50,
      address: 'ipc://a',
      msg: 'another process listens at this address: new apps connect to it instead of this collector'
    }
  ],
  [
    'an address that can not be bound again',
    reporter => reporter.cannotListen(address, 'EADDRINUSE'),
    {
      level: 50,
      address,
      reason: 'EADDRINUSE',
      msg: 'cannot listen at this address any more; trying again'
    }
  ],
  [
    'a flood of subscriptions',
    reporter => reporter.tooManySubscriptions(),
    {
      level: 40,
      msg: 'too many subscriptions at the addresses of publish: all watchers were disconnected'
    }
  ]
]

for (const [what, report, entry] of troubles) {
  test(`${what} is logged once a minute, with how often it was not`, async t => {
    const { reporter, take, pass } = makeReporter(t)
    report(reporter)
    pass(59_999)
    report(reporter)
    report(reporter)
    t.strictSame(take(), [entry])
    pass(1)
    report(reporter)
    t.strictSame(take(), [{ ...entry, suppressed: 2 }])
  })
}

test('trouble of one kind, or at one address, does not hide another one', async t => {
  const { reporter, take } = makeReporter(t)
  for (const [, report] of troubles) report(reporter)
  reporter.cannotListen('ipc://b', 'EACCES')
  const messages = troubles.map(([, , { msg }]) => msg)
  t.strictSame(
    take().map(({ msg }) => msg),
    [...messages, messages[2]]
  )
})

test('a collector that lets nobody in says which options change that', async t => {
  const { reporter, take } = makeReporter(t)
  reporter.nobodyMayConnect()
  t.match(take(), [{ level: 40, msg: /--authorized-keys DIR.*--allow-any-client/ }])
})

test('of many key files with problems 20 are named, and the others counted', async t => {
  const { reporter, take } = makeReporter(t)
  const warnings = Array.from({ length: 23 }, (_, index) => `file ${index} is empty`)
  reporter.keyWarnings(warnings.slice(0, 20))
  t.strictSame(
    take().map(({ msg }) => msg),
    warnings.slice(0, 20)
  )
  reporter.keyWarnings(warnings)
  t.strictSame(take().slice(20), [{ level: 40, more: 3, msg: 'more key files have problems' }])
})

test('a changed list is logged by the names of owners, each once, and without keys', async t => {
  const { reporter, take } = makeReporter(t)
  const added = new Map([
    ['key-1', 'shop'],
    ['key-2', 'shop'],
    ['key-3', 'billing']
  ])
  reporter.keysChanged(added, new Map([['key-4', 'old']]), ['file x is empty'])
  t.strictSame(take(), [
    {
      level: 30,
      added: ['shop', 'billing'],
      removed: ['old'],
      msg: 'authorized keys have changed'
    },
    { level: 40, msg: 'file x is empty' }
  ])
  reporter.keysChanged(new Map(), new Map(), ['file x is empty'])
  t.match(take(), [{ msg: 'file x is empty' }], 'no key has changed')
  const many = new Map(Array.from({ length: 30 }, (_, index) => [`key-${index}`, `app-${index}`]))
  reporter.cuttingOff(many)
  const [{ revoked, msg } = { revoked: [], msg: '' }] = take()
  t.equal((revoked as string[]).length, 20)
  t.match(msg, /^closing all encrypted connections.*the others reconnect$/)
})

test('a refused client is logged with its address and the reason, and a flood of them as a number', async t => {
  const { reporter, take } = makeReporter(t)
  const reason = 'its key is not authorized'
  reporter.clientRefused({ fingerprint: 'ab12', address: '10.0.0.7', reason })
  reporter.clientRefused({ fingerprint: undefined, address: '10.0.0.8', reason })
  reporter.moreClientsRefused(1234)
  t.strictSame(take(), [
    { level: 40, fingerprint: 'ab12', address: '10.0.0.7', reason, msg: 'client refused' },
    { level: 40, address: '10.0.0.8', reason, msg: 'client refused' },
    { level: 40, refused: 1234, msg: 'more clients refused' }
  ])
})
