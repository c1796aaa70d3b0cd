import { test } from 'tap'
import { findCaller, readCaller } from '../../../lib/collector/format/caller.ts'
import { readMembers } from '../../../lib/record/members.ts'

const records: [record: object, place: string | undefined][] = [
  [{ caller: 'lib/shop.js:5:3' }, 'lib/shop.js:5:3'],
  [{ pathname: '/srv/shop.py', filename: 'shop.py', lineno: 7 }, '/srv/shop.py:7'],
  [{ filename: 'shop.py', lineno: 7 }, 'shop.py:7'],
  [{ filename: 'shop.py' }, 'shop.py'],
  [{ caller: 5, filename: 'shop.py' }, 'shop.py'],
  [{ caller: 'a.go:1', pathname: '/b.py' }, 'a.go:1'],
  [{ lineno: 7, msg: 'no file' }, undefined]
]

for (const [record, place] of records) {
  test(`the caller of ${JSON.stringify(record)} is ${place}`, async t => {
    const members = readMembers(JSON.stringify(record))
    const found = members && findCaller(members)
    t.equal(members && found && readCaller(members, found), place)
  })
}
