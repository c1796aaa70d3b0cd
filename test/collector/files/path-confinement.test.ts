import { mkdirSync, symlinkSync } from 'node:fs'
import { test, type Test } from 'tap'
import { refuseLinks } from '../../../lib/collector/files/path-confinement.ts'

/** A base folder `logs` with links of every kind, beside a folder that no sender may reach. */
function makeTree(t: Test): string {
  const dir = t.testdir({
    logs: { in: { deep: {}, 'a.log': '' } },
    'logs-of-others': {},
    outside: {}
  })
  symlinkSync('in', `${dir}/logs/inside`)
  symlinkSync('.', `${dir}/logs/self`)
  symlinkSync('..', `${dir}/logs/above`)
  symlinkSync('../outside', `${dir}/logs/outside`)
  symlinkSync('../logs-of-others', `${dir}/logs/similar`)
  symlinkSync('../../outside', `${dir}/logs/in/deep/chain`)
  symlinkSync('../../../outside', `${dir}/logs/in/deep/far`)
  symlinkSync('in/a.log', `${dir}/logs/file.log`)
  symlinkSync('missing', `${dir}/logs/broken`)
  symlinkSync('missing', `${dir}/logs/broken.log`)
  symlinkSync('logs', `${dir}/base`)
  return dir
}

const cases: [path: string, code: string | undefined][] = [
  ['a.log', undefined],
  ['in/a.log', undefined],
  ['missing/deeper/a.log', undefined],
  ['inside/a.log', undefined],
  ['self/in/a.log', undefined],
  ['inside/deep/a.log', undefined],
  ['above/a.log', 'ELOOP'],
  ['outside/a.log', 'ELOOP'],
  ['outside/x/a.log', 'ELOOP'],
  ['similar/a.log', 'ELOOP'],
  ['in/deep/far/a.log', 'ELOOP'],
  ['inside/deep/far/a.log', 'ELOOP'],
  ['file.log', 'ELOOP'],
  ['broken.log', 'ELOOP'],
  ['in/deep/chain/a.log', 'ELOOP'],
  ['broken/a.log', 'ENOENT']
]

for (const [path, code] of cases) {
  test(`${path} is ${code ? `refused with ${code}` : 'accepted'}`, async t => {
    const dir = makeTree(t)
    for (const base of [`${dir}/logs`, `${dir}/base`]) {
      const check = (): void => refuseLinks(base, `${base}/${path}`)
      if (code) t.throws(check, { code })
      else t.doesNotThrow(check)
    }
  })
}

test('the message names the link and the base folder', async t => {
  const base = `${makeTree(t)}/logs`
  t.throws(() => refuseLinks(base, `${base}/above/a.log`), {
    message: `ELOOP: the link ${base}/above leads out of ${base}`
  })
  t.throws(() => refuseLinks(base, `${base}/file.log`), {
    message: `ELOOP: ${base}/file.log is a link`
  })
})

test('a base folder that does not exist is accepted, until it exists', async t => {
  const dir = t.testdir({ outside: {} })
  const check = (): void => refuseLinks(`${dir}/logs`, `${dir}/logs/app/a.log`)
  t.doesNotThrow(check)
  mkdirSync(`${dir}/logs`)
  symlinkSync('../outside', `${dir}/logs/app`)
  t.throws(check, { code: 'ELOOP' })
})
