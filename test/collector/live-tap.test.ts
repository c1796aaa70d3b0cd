import { test } from 'tap'
import { toTap, type LiveTap } from '../../lib/collector/live-tap.ts'

/** A tap that notes what it gets. */
function makeTap(isWatched: boolean) {
  const calls: string[] = []
  const tap: LiveTap = {
    isWatched,
    take: () => calls.push('take'),
    takePlain: () => calls.push('plain'),
    flush: () => calls.push('flush')
  }
  return { tap, calls }
}

function useAll(tap: LiveTap | undefined): void {
  tap?.take({} as Parameters<LiveTap['take']>[0])
  tap?.takePlain({} as Parameters<LiveTap['takePlain']>[0])
  tap?.flush()
}

test('where nothing taps the records, there is nothing to ask', async t => {
  t.equal(toTap([undefined, undefined]), undefined)
})

test('one tap is used as it is', async t => {
  const { tap } = makeTap(false)
  t.equal(toTap([undefined, tap]), tap)
})

test('of several taps those get records that are watched', async t => {
  const [idle, watched] = [makeTap(false), makeTap(true)]
  const both = toTap([idle.tap, watched.tap])
  t.ok(both?.isWatched)
  useAll(both)
  t.strictSame(idle.calls, ['flush'])
  t.strictSame(watched.calls, ['take', 'plain', 'flush'])
  t.notOk(toTap([idle.tap, makeTap(false).tap])?.isWatched)
})
