import { setImmediate } from 'node:timers/promises'
import { test } from 'tap'
import { OpenFiles, type Holder } from '../../../lib/collector/output/open-files.ts'

/** Holders of files, and who was told to let go. */
function makeHolders(names: string) {
  const letGo: string[] = []
  const holders = new Map<string, Holder & { isBusy: boolean; usedAt: number }>()
  for (const [usedAt, name] of Array.from(names).entries()) {
    holders.set(name, { isBusy: false, usedAt, letGo: () => void letGo.push(name) })
  }
  const at = (name: string) => {
    const holder = holders.get(name)
    if (!holder) throw new Error(name)
    return holder
  }
  return { at, letGo }
}

test('the file that was unused for longest is closed for another', async t => {
  const { at, letGo } = makeHolders('abcd')
  const files = new OpenFiles(2)
  await files.admit(at('a'))
  await files.admit(at('b'))
  await files.admit(at('a'))
  t.strictSame(letGo, [], 'who holds a file is admitted again')
  at('a').usedAt = 9
  await files.admit(at('c'))
  t.strictSame(letGo, ['b'])
  at('a').isBusy = true
  await files.admit(at('d'))
  t.strictSame(letGo, ['b', 'c'], 'what is written stays open')
  t.equal(files.size, 2)
})

test('where all files are being written, another waits for the first that is idle or closed', async t => {
  const { at, letGo } = makeHolders('abcd')
  const files = new OpenFiles(2)
  for (const name of ['a', 'b', 'c', 'd']) at(name).isBusy = true
  await files.admit(at('a'))
  await files.admit(at('b'))
  const admitted: string[] = []
  const waiting = ['c', 'd'].map(async name => {
    await files.admit(at(name))
    admitted.push(name)
  })
  await setImmediate()
  t.strictSame(admitted, [])
  at('b').isBusy = false
  files.onIdle(at('b'))
  await waiting[0]
  t.strictSame([admitted, letGo, files.size], [['c'], ['b'], 2])
  files.release(at('a'))
  await waiting[1]
  t.strictSame([admitted, letGo, files.size], [['c', 'd'], ['b'], 2])
})

test('an idle file stays open while nobody waits', async t => {
  const { at, letGo } = makeHolders('ab')
  const files = new OpenFiles(1)
  await files.admit(at('a'))
  files.onIdle(at('a'))
  files.onIdle(at('b'))
  files.release(at('b'))
  t.strictSame([letGo, files.size], [[], 1])
})
