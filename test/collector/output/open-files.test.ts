import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { OpenFiles, type Holder } from '../../../lib/collector/output/open-files.ts'

/** Holders of files, and which of them were closed. */
function makeHolders(names: string) {
  const closed: string[] = []
  const holders = new Map<string, Holder & { isBusy: boolean; isStuck: boolean; usedAt: number }>()
  for (const [usedAt, name] of Array.from(names).entries()) {
    const closeFile = async (): Promise<void> => void closed.push(name)
    holders.set(name, { isBusy: false, isStuck: false, usedAt, closeFile })
  }
  const get = (name: string) => {
    const holder = holders.get(name)
    if (!holder) throw new Error(name)
    return holder
  }
  return { get, closed }
}

test('the file that was unused for longest is closed for another', async t => {
  const { get, closed } = makeHolders('abcd')
  const files = new OpenFiles(2)
  await files.admit(get('a'))
  await files.admit(get('b'))
  await files.admit(get('a'))
  t.strictSame(closed, [], 'who holds a file is admitted again')
  get('a').usedAt = 9
  await files.admit(get('c'))
  t.strictSame(closed, ['b'])
  get('a').isBusy = true
  await files.admit(get('d'))
  t.strictSame(closed, ['b', 'c'], 'what is written stays open')
  t.equal(files.size, 2)
})

test('where all files are being written, another waits for the first that is idle or closed', async t => {
  const { get, closed } = makeHolders('abcd')
  const files = new OpenFiles(2)
  for (const name of ['a', 'b', 'c', 'd']) get(name).isBusy = true
  await files.admit(get('a'))
  await files.admit(get('b'))
  const admitted: string[] = []
  const waiting = ['c', 'd'].map(async name => {
    await files.admit(get(name))
    admitted.push(name)
  })
  await setImmediate()
  t.strictSame(admitted, [])
  get('b').isBusy = false
  files.onIdle(get('b'))
  await waiting[0]
  t.strictSame([admitted, closed, files.size], [['c'], ['b'], 2])
  files.release(get('a'))
  await waiting[1]
  t.strictSame([admitted, closed, files.size], [['c', 'd'], ['b'], 2])
})

test('an idle file stays open while nobody waits', async t => {
  const { get, closed } = makeHolders('ab')
  const files = new OpenFiles(1)
  await files.admit(get('a'))
  files.onIdle(get('a'))
  files.onIdle(get('b'))
  files.release(get('b'))
  t.strictSame([closed, files.size], [[], 1])
})

test('a file that can not be written takes no place from others, until it can', async t => {
  const { get, closed } = makeHolders('abcd')
  const files = new OpenFiles(1)
  for (const name of ['a', 'b', 'c', 'd']) get(name).isBusy = true
  await files.admit(get('a'))
  const admitted: string[] = []
  const waiting = ['b', 'c'].map(async name => {
    await files.admit(get(name))
    admitted.push(name)
  })
  get('a').isStuck = true
  files.admitWaiting()
  await waiting[0]
  t.strictSame(admitted, ['b'])
  get('a').isStuck = false
  files.release(get('b'))
  await setImmediate()
  t.strictSame(admitted, ['b'], 'it counts again')
  files.release(get('a'))
  await waiting[1]
  t.strictSame([admitted, closed, files.size], [['b', 'c'], [], 1])
})

test('the file that was unused for longest can be closed at any time, unless all are busy', async t => {
  const { get, closed } = makeHolders('ab')
  const files = new OpenFiles(9)
  t.equal(files.idleSince, undefined)
  t.equal(files.evictIdle(), undefined)
  await files.admit(get('b'))
  await files.admit(get('a'))
  t.equal(files.idleSince, 0)
  await files.evictIdle()
  t.strictSame([closed, files.idleSince, files.size], [['a'], 1, 1])
  get('b').isBusy = true
  t.equal(files.idleSince, undefined)
})
