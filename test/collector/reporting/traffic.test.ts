import { test } from 'tap'
import { createTally, maxNames, Traffic } from '../../../lib/collector/reporting/traffic.ts'

/** Sessions of senders, one for each name. */
function connect(traffic: Traffic, names: readonly [app: string, host: string][]) {
  return names.map(([app, host]) => ({ isGone: false, tally: traffic.ofApp(app, host) }))
}

test('the ten busiest are named, by what they have produced, and all others are one sum', async t => {
  const traffic = new Traffic()
  const sessions = connect(
    traffic,
    Array.from({ length: 12 }, (_, index) => [`app-${index}`, 'web-1'])
  )
  for (const [index, { tally }] of sessions.entries()) {
    tally.records += index
    tally.bytes += 10 * index
  }
  Object.assign(traffic.ofRoot('billing', 0), { records: 5, bytes: 50, droppedPlainRecords: 1000 })
  Object.assign(sessions[0]?.tally ?? {}, { missingRecords: 500 })
  const { busiest, others } = traffic.report(sessions)
  t.strictSame(
    busiest.map(entry => ('root' in entry ? entry.root : entry.app)),
    ['billing', 'app-0', ...[11, 10, 9, 8, 7, 6, 5, 4].map(index => `app-${index}`)]
  )
  t.strictSame(others, { ...createTally(), records: 6, bytes: 60 })
})

test('the processes of an app on one host are one name, those on another host another', async t => {
  const traffic = new Traffic()
  const names = ['web-1', 'web-1', 'web-2'].map(host => ['shop', host] as [string, string])
  const sessions = connect(traffic, names)
  for (const { tally } of sessions) tally.records++
  t.match(traffic.report(sessions), {
    busiest: [
      { app: 'shop', host: 'web-1', senders: 2, records: 2 },
      { app: 'shop', host: 'web-2', senders: 1, records: 1 }
    ],
    others: undefined
  })
})

test('invented names are counted together above 1,000, and room is made with the next report', async t => {
  const traffic = new Traffic()
  for (let index = 0; index < 5000; index++) {
    traffic.ofRoot(`root-${index}`, 0).records++
    traffic.ofApp(`app-${index}`, 'host').records++
  }
  const { busiest, others } = traffic.report([])
  t.equal(busiest.length, 10)
  t.equal((others?.records ?? 0) + 10, 10_000)
  t.equal(maxNames, 1000)
  traffic.ofRoot('billing', 0).records++
  traffic.ofApp('shop', 'web-1').records++
  const { busiest: next } = traffic.report([])
  t.match(next, [{ app: 'shop' }, { root: 'billing' }])
  t.equal(next.length, 2)
})

test('a name that is connected keeps its place when others are invented', async t => {
  const traffic = new Traffic()
  const sessions = connect(traffic, [['shop', 'web-1']])
  for (let minute = 0; minute < 3; minute++) {
    for (let index = 0; index < 2000; index++) traffic.ofApp(`invented-${minute}-${index}`, 'host')
    for (const { tally } of sessions) tally.records++
    t.match(traffic.report(sessions).busiest[0], { app: 'shop', records: 1 })
  }
})

test('names are shown so that no terminal acts on them, and not in full', async t => {
  const traffic = new Traffic()
  const name = `\u001B[31m\u009B31m\u202Eevil${'x'.repeat(1000)}`
  traffic.ofRoot(name, 0).records++
  traffic.ofApp(name, name).records++
  const shown = JSON.stringify(traffic.report([]))
  // oxlint-disable-next-line no-control-regex
  t.notMatch(shown, /[\u0000-\u001F\u007F-\u009F\u202E]/)
  t.match(shown, 'evil')
  t.ok(shown.length < 1500)
})

test('what is counted is told once, whenever it is asked for and reported', async t => {
  const told = createTally()
  const traffic = new Traffic((name, counted) => {
    if (name?.app === 'noise') return
    for (const key of Object.keys(told) as (keyof typeof told)[]) told[key] += counted[key]
  })
  const sessions = connect(traffic, [['shop', 'web-1']])
  const [session] = sessions
  let records = 0
  for (let step = 0; step < 200; step++) {
    if (session && step % 50 === 49) session.isGone = true // its records belong to nobody by name then
    if (session) session.tally.records++
    records++
    traffic.ofApp('noise', `${step}`).records++
    if (step % 3 === 0) traffic.settle()
    if (step % 7 === 0) traffic.report(sessions)
    if (step % 5 === 0) traffic.settle()
  }
  traffic.settle()
  t.equal(told.records, records)
})

test('root topics have their sums since the start, and when they were seen last', async t => {
  const traffic = new Traffic()
  const send = (root: string, now: number): void => {
    const tally = traffic.ofRoot(root, now)
    tally.records++
    tally.bytes += 10
    tally.droppedPlainRecords += 2
  }
  send('jobs', 1000)
  send('old', 1000)
  send('jobs', 2000)
  const jobs = { root: 'jobs', records: 2, bytes: 20, droppedPlainRecords: 4, seenAt: 2000 }
  const old = { root: 'old', records: 1, bytes: 10, droppedPlainRecords: 2, seenAt: 1000 }
  t.match(
    [...traffic.roots()],
    [
      { ...jobs, recent: 2 },
      { ...old, recent: 1 }
    ]
  )
  traffic.report([])
  send('jobs', 3000)
  t.match(
    [...traffic.roots()],
    [
      { ...jobs, records: 3, bytes: 30, droppedPlainRecords: 6, seenAt: 3000, recent: 1 },
      { ...old, recent: 0 }
    ]
  )
  for (let report = 0; report < 3; report++) traffic.report([])
  t.match([...traffic.roots()], [old, { root: 'jobs', records: 3, recent: 0 }])
})

test('of too many root topics those seen last are known', async t => {
  const traffic = new Traffic()
  traffic.ofRoot('jobs', 0)
  for (let index = 0; index < 3 * maxNames; index++) {
    traffic.ofRoot(`root-${index}`, index).records++
    if (index % 100 === 99) {
      traffic.ofRoot('jobs', index).records++
      traffic.report([])
    }
  }
  const roots = [...traffic.roots()]
  t.equal(roots.length, maxNames)
  t.match(
    roots.find(({ root }) => root === 'jobs'),
    { records: 30 }
  )
  t.notOk(roots.some(({ root }) => root === 'root-0'))
})
