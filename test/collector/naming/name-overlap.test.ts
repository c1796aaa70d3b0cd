import { test } from 'tap'
import { toNameShapes } from '../../../lib/collector/naming/log-path.ts'
import { mayOverlap } from '../../../lib/collector/naming/name-overlap.ts'
import type { Rotation } from '../../../lib/collector/time/calendar.ts'

const pairs: [one: string, other: string, rotation: Rotation, overlaps: boolean][] = [
  ['a.log', 'b.log', 'never', false],
  ['a.log', 'a.log', 'never', true],
  ['a.log', 'A.LOG', 'never', true],
  ['a.log', 'a.txt', 'never', false],
  ['a.log', 'a.1.log', 'never', true],
  ['a.log', 'a.x.log', 'never', false],
  ['logs/{date}.log', 'logs/errors.{date}.log', 'daily', false],
  ['logs/{date}.log', 'logs/{date}.txt', 'daily', false],
  ['logs/{date}.log', 'logs/2026-11-25.log', 'daily', false],
  ['logs/all.log', 'logs/all.{date}.log', 'daily', true],
  ['logs/{app}.log', 'logs/errors.log', 'daily', true],
  ['logs/{app}.log', 'logs/errors/all.log', 'daily', false],
  ['logs/{app}/{date}.log', 'logs/errors/{date}.log', 'daily', true],
  ['logs/{app}/{date}.log', 'logs/{level}/{date}.txt', 'daily', false],
  ['logs/{app}/{date}.log', 'logs/{level}/{date}.log', 'daily', true],
  ['logs/{app}/{date}.log', 'logs/{app}/{host}/{date}.log', 'daily', false],
  ['logs/x-{app}.log', 'logs/{app}-x.log', 'daily', true],
  ['logs/{app}-a.log', 'logs/{app}-b.log', 'daily', false],
  ['{date}/{hour}.log', '{date}/x{hour}.log', 'hourly', false],
  ['{date}.log', '2026-11-25T14.log', 'hourly', false],
  ['a.log', 'a.1.{date}.log', 'daily', false],
  ['a{app}.log', 'a-{date}.log', 'daily', false],
  ['a{app}.log', 'a-x.{date}.log', 'daily', true],
  ['{app}{host}{level}{topic}'.repeat(20) + 'x.a', '{app}'.repeat(80) + 'y.b', 'never', false]
]

for (const [one, other, rotation, overlaps] of pairs) {
  test(`${one.slice(0, 60)} and ${other.slice(0, 60)} ${overlaps ? 'may' : 'never'} meet`, async t => {
    const [a = [], b = []] = [one, other].map(file => toNameShapes(file, rotation))
    const meet = (left: typeof a, right: typeof a): boolean =>
      left.some(shape => right.some(that => mayOverlap(shape, that)))
    t.equal(meet(a, b), overlaps)
    t.equal(meet(b, a), overlaps)
    t.ok(meet(a, a))
  })
}
