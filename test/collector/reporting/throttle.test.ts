import { test } from 'tap'
import { Throttle } from '../../../lib/collector/reporting/throttle.ts'

/** A throttle whose time passes only by `pass`. */
function makeThrottle() {
  let now = 1000
  const pass = (ms: number): void => void (now += ms)
  return { throttle: new Throttle(() => now), pass }
}

test('a message about one thing is admitted once a minute, with how many were not', async t => {
  const { throttle, pass } = makeThrottle()
  const admitted = [0, 1, 59_998, 1, 1].map(ms => {
    pass(ms)
    return throttle.admit('write', 'a.log')
  })
  t.strictSame(admitted, [0, undefined, undefined, 2, undefined])
})

test('one thing hides no other, and one kind no other', async t => {
  const { throttle } = makeThrottle()
  const subjects = [
    ['write', 'a.log'],
    ['write', 'b.log'],
    ['delete', 'a.log']
  ] as const
  t.strictSame(
    subjects.map(([kind, subject]) => throttle.admit(kind, subject)),
    [0, 0, 0]
  )
})

test('of one kind 30 are admitted a minute, about however many things; others of that minute are counted', async t => {
  const { throttle, pass } = makeThrottle()
  const admitAll = (): (number | undefined)[] =>
    Array.from({ length: 100 }, (_, index) => throttle.admit('write', `${index}.log`))
  t.equal(admitAll().filter(suppressed => suppressed !== undefined).length, 30)
  t.equal(throttle.admit('delete', '0.log'), 0)
  pass(60_000)
  t.strictSame(admitAll().slice(0, 2), [70, 0])
})

test('things are remembered for no longer than they must be, and names of peers not in full', async t => {
  const { throttle, pass } = makeThrottle()
  throttle.admit('message', 'x'.repeat(1_000_000))
  t.equal(throttle.admit('message', `${'x'.repeat(600)}y`), undefined, 'its beginning counts')
  for (let minute = 0; minute < 50; minute++) {
    pass(60_000)
    for (let index = 0; index < 30; index++) {
      t.not(throttle.admit('message', `${minute} ${index}`), undefined)
    }
  }
})
