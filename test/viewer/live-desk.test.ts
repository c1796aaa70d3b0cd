import { test, type Test } from 'tap'
import type { LivePost, Slice } from '../../lib/collector/live/page-feed.ts'
import { LiveDesk, maxViewers, type LiveStream } from '../../lib/viewer/live-desk.ts'
import type { WindowSample } from '../../lib/viewer/live-window.ts'
import { toWatch } from '../../lib/viewer/watch.ts'
import { Watchers } from '../../lib/collector/live/watchers.ts'
import { waitFor } from '../helpers/wait.ts'

const hello = { app: 'shop', host: 'web-1', pid: 7, levels: {} }

function toPost(
  lines: string[],
  changes: Partial<Slice> = {},
  more: Partial<LivePost> = {}
): LivePost {
  const text = lines.map(line => `${line}\n`).join('')
  const bytes = new Uint8Array(Buffer.from(text + text))
  const length = bytes.length / 2
  const records = lines.length
  const slice = { hello, sampleBytes: length, wholeBytes: length, records, isNotice: false }
  const slices = [{ ...slice, ...changes }]
  return { slices, bytes: bytes.buffer, total: records, skipped: 0, ...more }
}

function toLine(level: number, msg: string): string {
  return JSON.stringify({ level, time: 9, pid: 7, hostname: 'web-1', name: 'shop', msg })
}

/** A desk, and what the collector's thread would know of it. */
function makeDesk(t: Test) {
  const watchers = new Watchers()
  const heard = { unfiltered: 0, doneBytes: 0 }
  const settings = { isAppPinned: false, levelKey: '', messageKey: '' }
  const desk = new LiveDesk(settings, {
    onWatch(frames, unfiltered) {
      for (const frame of frames) watchers.take(Buffer.from(frame))
      heard.unfiltered = unfiltered
      return Promise.resolve()
    },
    onDone: bytes => (heard.doneBytes += bytes)
  })
  /** Adds a browser. */
  const watch = (query: string) => {
    const samples: WindowSample[] = []
    const viewer = { samples, isBlocked: false, leave: (): void => undefined }
    desk.add(
      toWatch(new URLSearchParams(query)),
      onClose => {
        viewer.leave = onClose
        const stream: LiveStream = {
          get isBlocked() {
            return viewer.isBlocked
          },
          send(event, _id, data) {
            if (event === 'records') samples.push(JSON.parse(data) as WindowSample)
          },
          end: onClose
        }
        return stream
      },
      Number.NaN
    )
    t.teardown(() => viewer.leave())
    return viewer
  }
  return { desk, watch, watchers, heard }
}

function messagesOf(samples: readonly WindowSample[]): unknown[] {
  return samples.flatMap(({ lines }) =>
    lines.map(line => (JSON.parse(line) as Record<string, unknown>)['msg'])
  )
}

test('each browser sees what its filter matches', async t => {
  const { desk, watch } = makeDesk(t)
  const all = watch('')
  const errors = watch('level=error')
  const paid = watch('text=paid')
  const other = watch('app=billing')
  desk.take(toPost([toLine(30, 'Paid'), toLine(50, 'failed'), toLine(20, 'x')]))
  await waitFor(() => messagesOf(all.samples).length === 3, 'all')
  t.strictSame(messagesOf(all.samples), ['Paid', 'failed', 'x'])
  await waitFor(() => errors.samples[0] && paid.samples[0], 'the others')
  t.strictSame(messagesOf(errors.samples), ['failed'])
  t.strictSame(messagesOf(paid.samples), ['Paid'])
  t.strictSame(other.samples, [])
})

test('the collector hears what is wanted, and when nobody looks any more', async t => {
  const { watch, watchers, heard } = makeDesk(t)
  const all = watch('')
  t.equal(heard.unfiltered, 1)
  t.notOk(watchers.isWatched)
  const errors = watch('level=error&app=shop')
  t.equal(heard.unfiltered, 1)
  t.ok(watchers.interestIn({ root: 'shop', app: 'shop', host: '' }))
  t.notOk(watchers.interestIn({ root: 'billing', app: 'billing', host: '' }))
  all.leave()
  t.equal(heard.unfiltered, 0)
  errors.leave()
  errors.leave()
  t.notOk(watchers.isWatched)
})

test('a browser that does not read misses records, which are counted, and another one misses none', async t => {
  const { desk, watch } = makeDesk(t)
  const slow = watch('')
  const quick = watch('')
  slow.isBlocked = true
  desk.take(toPost([toLine(30, 'a'), toLine(30, 'b')]))
  await waitFor(() => quick.samples.length === 1, 'the quick one')
  t.strictSame(messagesOf(quick.samples), ['a', 'b'])
  t.strictSame(slow.samples, [])
  slow.isBlocked = false
  const [sample] = await waitFor(() => slow.samples.length > 0 && slow.samples, 'the slow one')
  t.strictSame(sample, { lines: [], shown: 0, total: 2, dropped: 2 })
})

test('the collector hears when a piece of work is done', async t => {
  const { desk, watch, heard } = makeDesk(t)
  watch('text=x')
  const post = toPost(Array.from({ length: 1000 }, () => toLine(30, 'x')))
  const { byteLength } = post.bytes
  desk.take(post)
  await waitFor(() => heard.doneBytes === byteLength, 'an acknowledgement')
  t.pass()
})

test('where records were skipped, the total of a filter is an estimate', async t => {
  const { desk, watch } = makeDesk(t)
  const errors = watch('level=error')
  desk.take(toPost([toLine(50, 'a'), toLine(30, 'b')], {}, { skipped: 8 }))
  const [sample] = await waitFor(() => errors.samples.length > 0 && errors.samples, 'a sample')
  t.match(sample, { shown: 1, total: 5, isEstimate: true })
})

test('no more browsers watch than there is room for', async t => {
  const { desk, watch } = makeDesk(t)
  const viewers = Array.from({ length: maxViewers }, () => watch(''))
  t.throws(() => desk.refuseIfFull(), { status: 429, message: /^20 browsers watch already/ })
  viewers[0]?.leave()
  t.doesNotThrow(() => desk.refuseIfFull())
})

test('a filter with more names than a subscription holds is tested here', async t => {
  const { desk, watch, watchers } = makeDesk(t)
  const name = 'x'.repeat(450)
  const names = Array.from({ length: 12 }, (_, index) => `app=${index}${name}`).join('&')
  const viewer = watch(`${names}&app=shop`)
  t.ok(watchers.interestIn({ root: 'a', app: 'a', host: '' }), 'all apps are handed over')
  desk.take(toPost([toLine(30, 'a')]))
  desk.take(toPost(['{"level":30,"msg":"b"}'], { hello: { ...hello, app: 'other' } }))
  await waitFor(() => viewer.samples.length > 0, 'a sample')
  t.strictSame(messagesOf(viewer.samples), ['a'])
})
