import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { readAssets } from '../../lib/viewer/assets.ts'

const content = {
  'index.html': '<p>',
  'page.js': 'let a',
  'page.css': 'p {}',
  'licenses.txt': 'MIT',
  'page.js.map': '{}',
  'secret.key': 'x'
}

test('the files of the page are found by their paths, and no other file is', async t => {
  const assets = readAssets(t.testdir(content))
  t.strictSame(
    [...assets].map(([path, { body, contentType }]) => [path, String(body), contentType]),
    [
      ['/', '<p>', 'text/html; charset=utf-8'],
      ['/page.js', 'let a', 'text/javascript; charset=utf-8'],
      ['/page.css', 'p {}', 'text/css; charset=utf-8'],
      ['/licenses.txt', 'MIT', 'text/plain; charset=utf-8']
    ]
  )
})

test('the etag is that of the content: a browser loads again what has changed, and only that', async t => {
  const folder = t.testdir(content)
  const before = readAssets(folder)
  writeFileSync(join(folder, 'page.js'), 'let b')
  const after = readAssets(folder)
  t.match(before.get('/page.js')?.etag, /^"[\w-]{43}"$/)
  t.not(after.get('/page.js')?.etag, before.get('/page.js')?.etag)
  t.equal(after.get('/')?.etag, before.get('/')?.etag)
})

test('files are read once: a request reads no disk', async t => {
  const folder = t.testdir(content)
  const assets = readAssets(folder)
  rmSync(join(folder, 'page.js'))
  t.equal(String(assets.get('/page.js')?.body), 'let a')
})

test('what is missing is left out, as before npm run build', async t => {
  t.strictSame([...readAssets(t.testdir({ 'page.css': '' })).keys()], ['/page.css'])
  t.equal(readAssets(join(t.testdirName, 'none')).size, 0)
})

test('a file that is there and cannot be read is an error', async t => {
  const folder = t.testdir({})
  mkdirSync(join(folder, 'page.js'))
  t.throws(() => readAssets(folder), { code: 'EISDIR' })
})
