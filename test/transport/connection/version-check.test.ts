import { test } from 'tap'
import { pauses } from '../../../lib/transport/connection/reachability.ts'
import { VersionCheck } from '../../../lib/transport/connection/version-check.ts'
import { parseTransportOptions } from '../../../lib/transport/options.ts'

function makeCheck(bind = false) {
  const events: unknown[] = []
  const options = parseTransportOptions({ address: 'tcp://127.0.0.1:5555', bind })
  const check = new VersionCheck(options, (name, detail) => void events.push({ name, ...detail }))
  return { check, events }
}

test('another version is reported at once, when it changes, and every minute', async t => {
  const { check, events } = makeCheck()
  check.check(3, 5, 0)
  check.check(3, 5, 500)
  check.check(1, 6, 1000)
  check.check(1, 7, 1000 + pauses.repeatMs)
  t.match(events, [
    { name: 'otherVersion', version: 3, ownVersion: 2, heldRecords: 5 },
    { version: 1, heldRecords: 6 },
    { version: 1, heldRecords: 7 }
  ])
  t.equal(events.length, 3)
})

test('a version that was gone meanwhile is reported again', async t => {
  const { check, events } = makeCheck()
  check.check(3, 0, 0)
  check.reset()
  check.check(3, 0, 500)
  t.equal(events.length, 2)
})

test('all is connected anew at once, and then every few seconds', async t => {
  const { check } = makeCheck()
  t.ok(check.check(3, 0, 0))
  t.notOk(check.check(3, 0, pauses.reconnectMs - 500))
  t.ok(check.check(3, 0, pauses.reconnectMs))
})

test('who binds has nothing to connect anew', async t => {
  t.notOk(makeCheck(true).check.check(3, 0, 0))
})
