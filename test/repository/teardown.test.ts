import { existsSync } from 'node:fs'
import { test } from 'tap'

test('what a test has started ends before its folder is deleted', async t => {
  let folder = ''
  let wasThere = false
  await t.test('with a folder', async inner => {
    folder = inner.testdir()
    inner.teardown(() => (wasThere = existsSync(folder)))
  })
  t.ok(wasThere)
  t.notOk(existsSync(folder))
})
