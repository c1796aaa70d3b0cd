import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { test } from 'tap'
import { readIndex } from '../../../lib/collector/blocks/block-index.ts'
import { ClosedFileThread } from '../../../lib/collector/files/closed-file-thread.ts'
import { waitFor } from '../../helpers/wait.ts'

const settings = { timeKey: '', levelKey: '', timezone: 'utc' }

function startThread() {
  const troubles: string[] = []
  const thread = new ClosedFileThread(settings, (action, path, error) =>
    troubles.push(`${action} ${path}: ${error.message}`)
  )
  return { thread, troubles }
}

test('files that can not be compressed stay, and the others are', async t => {
  const dir = t.testdir({ 'a.log': 'a\n', 'b.log': 'b\n', 'b.log.gz.new': {}, 'c.log': 'c\n' })
  const { thread, troubles } = startThread()
  const paths = ['a', 'b', 'gone', 'c'].map(name => `${dir}/${name}.log`)
  thread.plan(paths.map(path => ({ path, format: 'gzip' })))
  t.ok(thread.isSealed(`${dir}/a.log`) && thread.isSealed(`${dir}/c.log`))
  await waitFor(() => !thread.isSealed(`${dir}/c.log`), 'the last file')
  await thread.close()
  const indexes = ['.a.log.gz.index', '.c.log.gz.index']
  t.strictSame(readdirSync(dir), [...indexes, 'a.log.gz', 'b.log', 'b.log.gz.new', 'c.log.gz'])
  t.match(troubles, [/^compress .*b\.log: /], 'a file that is gone is no trouble')
  t.equal(gunzipSync(readFileSync(`${dir}/c.log.gz`)).toString(), 'c\n')
})

test('files that get an index only may be written meanwhile', async t => {
  const dir = t.testdir({ 'a.log': '{"level":30,"time":9}\n', 'b.log': 'b\n' })
  const { thread, troubles } = startThread()
  thread.plan(['a', 'b'].map(name => ({ path: `${dir}/${name}.log`, format: '' })))
  t.notOk(thread.isSealed(`${dir}/a.log`))
  await waitFor(() => existsSync(`${dir}/.b.log.index`), 'the last index')
  await thread.close()
  t.strictSame(troubles, [])
  const path = `${dir}/a.log`
  t.match(readIndex(path, statSync(path), settings)?.blocks, [{ lines: 1, levels: [30] }])
})

test('an index that can not be written is trouble of its own', async t => {
  const dir = t.testdir({ 'a.log': 'a\n' })
  mkdirSync(`${dir}/.a.log.index/full`, { recursive: true })
  const { thread, troubles } = startThread()
  thread.plan([{ path: `${dir}/a.log`, format: '' }])
  await waitFor(() => troubles.length > 0, 'the trouble')
  await thread.close()
  t.match(troubles, [/^index .*a\.log: /])
  t.strictSame(readdirSync(dir), ['.a.log.index', 'a.log'])
})

test('a new plan replaces what waits', async t => {
  const dir = t.testdir({ 'a.log': 'a\n', 'b.log': 'b\n', 'c.log': 'c\n' })
  const { thread } = startThread()
  thread.plan(['a', 'b'].map(name => ({ path: `${dir}/${name}.log`, format: 'gzip' })))
  thread.plan([{ path: `${dir}/c.log`, format: 'gzip' }])
  await waitFor(() => existsSync(`${dir}/.c.log.gz.index`), 'the planned file')
  await thread.close()
  t.ok(existsSync(`${dir}/b.log`))
})

test('a thread that is closed leaves whole files', async t => {
  const dir = t.testdir()
  const names = ['a.log', 'b.log']
  for (const name of names) writeFileSync(`${dir}/${name}`, Buffer.alloc(50_000_000, `${name}\n`))
  for (const format of ['gzip', ''] as const) {
    const { thread, troubles } = startThread()
    thread.plan(names.map(name => ({ path: `${dir}/${name}`, format })))
    await thread.close()
    thread.plan([{ path: `${dir}/a.log`, format }])
    t.strictSame(readdirSync(dir), names)
    t.strictSame(troubles, [])
  }
})
