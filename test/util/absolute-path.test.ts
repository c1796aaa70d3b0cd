import { join } from 'node:path'
import { test } from 'tap'
import { toAbsolutePath } from '../../lib/util/absolute-path.ts'

test('a relative path is relative to the working directory', async t => {
  t.equal(toAbsolutePath('a/b'), join(process.cwd(), 'a/b'))
  t.equal(toAbsolutePath('/a/b'), '/a/b')
})

test('without a working directory only absolute paths can be used', async t => {
  t.intercept(process, 'cwd', {
    value: () => {
      throw new Error('ENOENT: no such file or directory, uv_cwd')
    }
  })
  t.throws(() => toAbsolutePath('a/b'), {
    message: 'a/b is relative to a working directory that is gone; give an absolute path'
  })
  t.equal(toAbsolutePath('/a/b'), '/a/b')
})
