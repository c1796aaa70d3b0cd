import { readFileSync } from 'node:fs'
import { test } from 'tap'
import { version } from '../lib/version.ts'

test('the version is that of package.json', async t => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  t.equal(version, manifest.version)
})
