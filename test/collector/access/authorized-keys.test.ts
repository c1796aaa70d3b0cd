import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mock } from 'node:test'
import { test } from 'tap'
import { AuthorizedKeys, type KeyChanges } from '../../../lib/collector/access/authorized-keys.ts'
import { formatCertificate } from '../../../lib/curve/certificate.ts'
import { createKeyPair, type KeyPair } from '../../../lib/curve/keys.ts'
import { skipExhausting, withoutDescriptors } from '../../helpers/exhausted.ts'

const a = createKeyPair()
const b = createKeyPair()

function certificate(pair: KeyPair, name: string): string {
  return formatCertificate({ ...pair, secretKey: undefined, metadata: new Map([['name', name]]) })
}

function summarize({ added, removed, warnings }: KeyChanges): unknown {
  return [[...added.values()], [...removed.values()], warnings.length]
}

test('a key has a name, or may not connect', async t => {
  const { keys, warnings } = AuthorizedKeys.read(t.testdir({ 'a.key': certificate(a, 'web') }))
  t.strictSame(warnings, [])
  t.equal(keys.nameOf(a.publicKey), 'web')
  t.equal(keys.nameOf(b.publicKey), undefined)
  t.equal(keys.nameOf(''), undefined)
})

test('a list that is read again says what has changed', async t => {
  const folder = t.testdir({ 'a.key': certificate(a, 'a') })
  const path = (name: string): string => join(folder, name)
  const { keys } = AuthorizedKeys.read(folder)
  t.strictSame(summarize(keys.reread()), [[], [], 0])
  writeFileSync(path('b.key'), certificate(b, 'b'))
  t.strictSame(summarize(keys.reread()), [['b'], [], 0])
  writeFileSync(path('a.key'), certificate(a, 'new'))
  t.strictSame(summarize(keys.reread()), [['new'], ['a'], 0])
  writeFileSync(path('a.key'), 'broken')
  t.strictSame(summarize(keys.reread()), [[], ['new'], 1])
  t.equal(keys.nameOf(a.publicKey), undefined)
  rmSync(path('b.key'))
  t.strictSame(summarize(keys.reread()), [[], ['b'], 2])
})

test('a list that is gone authorizes nobody, until it is there again', async t => {
  const folder = t.testdir({ keys: { 'a.key': certificate(a, 'a') } })
  const { keys } = AuthorizedKeys.read(join(folder, 'keys'))
  renameSync(join(folder, 'keys'), join(folder, 'away'))
  const changes = keys.reread()
  t.strictSame(summarize(changes), [[], ['a'], 1])
  t.match(changes.warnings[0], /ENOENT.*; until that is repaired no client can connect$/)
  renameSync(join(folder, 'away'), join(folder, 'keys'))
  t.strictSame(summarize(keys.reread()), [['a'], [], 0])
})

for (const [what, files] of [
  ['folder', { keys: { 'a.key': certificate(a, 'a') } }],
  ['file', { keys: `a ${a.publicKey}\n` }]
] as const) {
  test(
    `a ${what} that can not be read for want of a descriptor revokes no key, and is told of once`,
    { skip: skipExhausting },
    async t => {
      const { keys } = AuthorizedKeys.read(join(t.testdir(files), 'keys'))
      const changes = withoutDescriptors(() => [keys.reread(), keys.reread()])
      t.strictSame(changes.map(summarize), [
        [[], [], 1],
        [[], [], 0]
      ])
      t.match(changes[0]?.warnings, [/no file descriptor is left to read .*they stay as they are/])
      t.equal(keys.nameOf(a.publicKey), 'a')
      t.strictSame(summarize(keys.reread()), [[], [], 0])
    }
  )
}

test(
  'a watched list that could not be read is read when a descriptor is free',
  { skip: skipExhausting },
  async t => {
    mock.timers.enable({ apis: ['setTimeout'] })
    t.teardown(() => mock.timers.reset())
    t.intercept(performance, 'now', { value: () => 0 })
    const folder = t.testdir({ 'a.key': certificate(a, 'a') })
    const { keys } = AuthorizedKeys.read(folder)
    const changes: unknown[] = []
    const look = (): void => {
      for (let times = 0; times < 5; times++) mock.timers.tick(1000)
    }
    keys.watch(change => changes.push(summarize(change)))
    t.teardown(() => keys.unwatch())
    withoutDescriptors(look)
    t.strictSame(changes, [], 'a look that fails is no change')
    rmSync(join(folder, 'a.key'))
    withoutDescriptors(() => {
      keys.reread()
      look()
    })
    t.equal(keys.nameOf(a.publicKey), 'a')
    look()
    t.strictSame(changes, [[[], ['a'], 1]])
  }
)

test('a list is read again by itself once a change is a look old, and only then', async t => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => mock.timers.reset())
  t.intercept(performance, 'now', { value: () => 0 })
  const folder = t.testdir({ 'a.key': certificate(a, 'a') })
  const { keys } = AuthorizedKeys.read(folder)
  const changes: KeyChanges[] = []
  keys.watch(change => changes.push(change))
  const look = (): unknown => {
    mock.timers.tick(1000)
    return changes.splice(0).map(summarize)
  }
  t.strictSame(look(), [])
  writeFileSync(join(folder, 'b.key'), certificate(b, 'b'))
  t.strictSame(look(), [], 'it may be half written')
  t.strictSame(look(), [[['b'], [], 0]])
  t.strictSame(look(), [])
  rmSync(join(folder, 'a.key'))
  look()
  t.strictSame(look(), [[[], ['a'], 0]])
  writeFileSync(join(folder, 'new'), certificate(b, 'c')) // as long as before
  renameSync(join(folder, 'new'), join(folder, 'b.key'))
  look()
  t.strictSame(look(), [[['c'], ['b'], 0]])
  rmSync(folder, { recursive: true })
  look()
  t.strictSame(look(), [[[], ['c'], 1]])
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.key'), certificate(a, 'a'))
  look()
  t.strictSame(look(), [[['a'], [], 0]])
  keys.unwatch()
  rmSync(join(folder, 'a.key'))
  look()
  t.strictSame(look(), [])
})
