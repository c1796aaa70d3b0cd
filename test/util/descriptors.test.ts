import { execFileSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { test } from 'tap'
import {
  countDescriptors,
  isOutOfDescriptors,
  readDescriptorLimit
} from '../../lib/util/descriptors.ts'
import { failOnce } from '../helpers/file-system.ts'

const skip = process.platform !== 'linux' && 'no /proc'
const module = new URL('../../lib/util/descriptors.js', import.meta.url).href

for (const limit of ['77', 'unlimited']) {
  test(`the limit of descriptors is read: ${limit}`, { skip }, async t => {
    const code = `import('${module}').then(m => console.log(String(m.readDescriptorLimit())))`
    const command = `ulimit -n ${limit} && exec "$0" -e "$1"`
    const run = (): string => execFileSync('sh', ['-c', command, process.execPath, code]).toString()
    if (limit === '77') t.equal(run(), '77\n')
    else t.match(String(readDescriptorLimit()), /^(\d+|undefined)$/)
  })
}

test('open descriptors are counted', { skip }, async t => {
  const before = countDescriptors() ?? 0
  const fd = openSync(import.meta.filename, 'r')
  t.equal(countDescriptors(), before + 1)
  closeSync(fd)
  t.equal(countDescriptors(), before)
})

test('where the system tells nothing, nothing is known', async t => {
  failOnce(t, 'readFileSync', 'ENOENT', '/proc/self/limits')
  t.equal(readDescriptorLimit(), undefined)
  failOnce(t, 'readdirSync', 'ENOENT', '/proc/self/fd')
  t.equal(countDescriptors(), undefined)
  failOnce(t, 'readdirSync', 'EMFILE', '/proc/self/fd')
  t.equal(countDescriptors(), Number.POSITIVE_INFINITY)
})

for (const [code, isOut] of [
  ['EMFILE', true],
  ['ENFILE', true],
  ['ENOSPC', false]
] as const) {
  test(`${code} is ${isOut ? 'a' : 'no'} lack of descriptors`, async t => {
    t.equal(isOutOfDescriptors(Object.assign(new Error(code), { code })), isOut)
  })
}
