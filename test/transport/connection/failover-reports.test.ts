import { test } from 'tap'
import { FailoverReports } from '../../../lib/transport/connection/failover-reports.ts'
import { pauses } from '../../../lib/transport/connection/reachability.ts'

const addresses = ['tcp://a:1', 'tcp://b:1']
const absent = { isKeyRefused: false, why: 'nothing listens at tcp://a:1', advice: 'start it' }
const refused = { isKeyRefused: true, why: 'tcp://b:1 refuses the key', advice: '' }

/** Reports of two addresses, and what they have told. */
function makeReports() {
  const events: { name: string; [field: string]: unknown }[] = []
  const reports = new FailoverReports({
    addresses,
    startedAt: 0,
    countHeld: () => 7,
    emit: (name, detail) => events.push({ name, ...detail })
  })
  return { reports, events }
}

test('when the reasons of all addresses are known, one event has them, and it is repeated every minute', async t => {
  const { reports, events } = makeReports()
  reports.check(4000, undefined)
  reports.explain(0, absent)
  reports.check(5000, undefined)
  t.strictSame(events, [], 'the reason of the other one is waited for')
  reports.explain(1, absent)
  for (let now = 5500; now < 5500 + pauses.repeatMs; now += 500) reports.check(now, undefined)
  t.strictSame(events, [
    {
      name: 'unreachable',
      addresses,
      silentMs: 5500,
      heldRecords: 7,
      isKeyRefused: false,
      why: `${absent.why}; ${absent.why}`,
      advice: 'start it'
    }
  ])
  reports.check(5500 + pauses.repeatMs, undefined)
  t.equal(events.length, 2)
})

test('the reason of one address is told alone where none of the other is found', async t => {
  const { reports, events } = makeReports()
  reports.explain(0, absent)
  reports.check(5000, undefined)
  reports.check(6999, undefined)
  t.strictSame(events, [])
  reports.check(7000, undefined)
  t.match(events, [{ name: 'unreachable', why: absent.why }])
})

test('that keys are refused is told at once, also after another reason', async t => {
  const { reports, events } = makeReports()
  reports.explain(0, absent)
  reports.explain(1, absent)
  reports.check(5000, undefined)
  reports.explain(1, refused)
  reports.check(5001, undefined)
  t.match(events, [{ isKeyRefused: false }, { isKeyRefused: true, advice: 'start it' }])
})

test('the recovery is told once, with the one that works', async t => {
  const { reports, events } = makeReports()
  reports.check(1000, 0)
  t.strictSame(events, [], 'nothing was told before')
  reports.check(2000, undefined)
  reports.explain(0, absent)
  reports.check(3000, undefined)
  reports.check(5000, undefined)
  reports.forget(0)
  reports.check(6000, 1)
  reports.check(7000, 1)
  t.match(events.slice(1), [
    { name: 'reachable', addresses: ['tcp://b:1'], silentMs: 4000, heldRecords: 7 }
  ])
  t.equal(events.length, 2)
})

test('what is wrong with another address than the one in use is told every minute', async t => {
  const { reports, events } = makeReports()
  reports.markNoGateway(1)
  t.match(reports.misfit, /^tcp:\/\/b:1 is not a gateway/)
  for (let now = 0; now <= pauses.repeatMs; now += 500) reports.check(now, 0)
  t.match(events, [
    { name: 'unreachable', addresses: ['tcp://b:1'], silentMs: 0, why: /is not a gateway/ },
    { name: 'unreachable', addresses: ['tcp://b:1'] }
  ])
  t.equal(events.length, 2)
})

test('whether a gateway is of another stream changes with the one in use', async t => {
  const { reports } = makeReports()
  reports.markForeign(1, true)
  reports.markForeign(1, true)
  t.match(reports.misfit, 'tcp://b:1 is a gateway of another stream')
  reports.markForeign(1, false)
  t.equal(reports.misfit, undefined)
  reports.explain(1, absent)
  reports.markForeign(1, false)
  reports.check(5000, 0)
  t.equal(reports.misfit, undefined)
})

const changes: [what: Parameters<FailoverReports['tellChange']>, event: object | undefined][] = [
  [[{ from: undefined, to: 0, cause: 'start' }, 0], undefined],
  [[{ from: 1, to: 1, cause: 'unfit' }, 0], undefined],
  [
    [{ from: undefined, to: 1, cause: 'start' }, 0],
    { from: 'tcp://a:1', to: 'tcp://b:1', why: 'tcp://a:1 has not answered yet' }
  ],
  [
    [{ from: 0, to: 1, cause: 'silent' }, 5200],
    { why: 'tcp://a:1 has acknowledged nothing for 5 s' }
  ],
  [
    [{ from: 0, to: 1, cause: 'silent' }, 100],
    { why: 'tcp://a:1 has acknowledged nothing for 1 s' }
  ],
  [[{ from: 0, to: 1, cause: 'unfit' }, 0], { why: 'tcp://a:1 no longer takes records' }],
  [
    [{ from: 1, to: 0, cause: 'return' }, 0],
    { from: 'tcp://b:1', to: 'tcp://a:1', why: 'tcp://a:1 answers again' }
  ]
]

for (const [[change, silentMs], event] of changes) {
  test(`${JSON.stringify(change)} is told as ${JSON.stringify(event)}`, async t => {
    const { reports, events } = makeReports()
    reports.tellChange(change, silentMs)
    t.match(events, event ? [{ name: 'failover', heldRecords: 7, ...event }] : [])
    t.equal(events.length, event ? 1 : 0)
  })
}

test('a change has the reason that was found at the former address', async t => {
  const { reports, events } = makeReports()
  reports.explain(0, absent)
  reports.tellChange({ from: 0, to: 1, cause: 'silent' }, 5000)
  t.match(events, [{ name: 'failover', why: absent.why }])
})
