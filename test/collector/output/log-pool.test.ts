/** Logs by their paths: made when they are needed, few of them open, closed when they are idle. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, symlinkSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { test, type Test } from 'tap'
import { LogTree, type LogTreeOptions } from '../../../lib/collector/output/log-pool.ts'
import type { Destination } from '../../../lib/collector/routing/router.ts'
import { holdPauses } from '../../helpers/pauses.ts'
import { latch, waitFor } from '../../helpers/wait.ts'

function makeTree(t: Test, changed: Partial<LogTreeOptions> = {}) {
  const dir = t.testdir({ logs: {} })
  const opened: string[] = []
  const troubles: string[] = []
  let label = 'one'
  const tree = new LogTree({
    rotate: 'never',
    maxBytes: 0,
    labelNow: () => label,
    isSealed: () => false,
    fsync: false,
    base: `${dir}/logs`,
    maxOpenFiles: 100,
    idleCloseMs: 0,
    whenFree: () => Promise.resolve(),
    onClose: () => undefined,
    beforeWrite: () => undefined,
    afterWrite: () => undefined,
    onOpen: path => opened.push(path.slice(dir.length + 6)),
    onTrouble: (_path, error) => troubles.push(error.message),
    ...changed
  })
  t.teardown(() => tree.close())
  const toDestination = (name: string): Destination => {
    const file = `${dir}/logs/${name}.log`
    return { file, id: file.toLowerCase(), link: '', label: '' }
  }
  const append = (name: string, line: string): Promise<void> => {
    const { promise, open } = latch()
    tree.at(toDestination(name)).log.append(Buffer.from(`${line}\n`), undefined, open)
    return promise.then(() => setImmediate()) // the log is idle then
  }
  const read = (name: string): string => readFileSync(`${dir}/logs/${name}.log`, 'utf8')
  const goTo = (period: string): void => void (label = period)
  return { dir, tree, opened, troubles, append, read, goTo, toDestination }
}

test('a log is made by its first record, and found again whatever its case', async t => {
  const { tree, append, read, opened, toDestination } = makeTree(t)
  await append('a', '1')
  await append('A', '2')
  await append('b/c', '3')
  t.equal(tree.at(toDestination('A')), tree.at(toDestination('a')))
  t.strictSame(opened, ['a.log', 'b/c.log'])
  t.equal(read('a'), '1\n2\n')
  await tree.close()
  t.equal(read('b/c'), '3\n')
})

test('few files are open, however many logs there are, and nothing is lost', async t => {
  const { tree, append, read } = makeTree(t, { maxOpenFiles: 3 })
  const names = Array.from({ length: 20 }, (_, at) => `log-${at}`)
  let most = 0
  const appends: Promise<void>[] = []
  for (let line = 0; line < 5; line++) {
    for (const name of names) {
      appends.push(
        append(name, String(line)).then(() => void (most = Math.max(most, tree.paths.length)))
      )
    }
  }
  await Promise.all(appends)
  t.ok(most > 0 && most <= 3, `${most} open`)
  await tree.close()
  for (const name of names) t.equal(read(name), '0\n1\n2\n3\n4\n', name)
})

test('a log that is idle is closed, and opened by its next record', async t => {
  const { tree, append, opened, read } = makeTree(t, { idleCloseMs: 1000 })
  await append('a', '1')
  const now = performance.now()
  tree.check(now + 500)
  t.equal(tree.paths.length, 1)
  tree.check(now + 5000)
  await waitFor(() => tree.paths.length === 0, 'the file to be closed')
  await append('a', '2')
  t.strictSame(opened, ['a.log', 'a.log'])
  t.equal(read('a'), '1\n2\n')
})

test('a log that is never called idle stays open', async t => {
  const { tree, append } = makeTree(t)
  await append('a', '1')
  tree.check(performance.now() + 1e9)
  t.equal(tree.paths.length, 1)
})

test('a log whose period is over is closed, and its place is free', async t => {
  const { tree, goTo, toDestination, dir } = makeTree(t, { rotate: 'daily', maxOpenFiles: 1 })
  const write = (name: string): Promise<void> => {
    const { promise, open } = latch()
    const destination = { ...toDestination(name), label: undefined }
    tree.at(destination).log.append(Buffer.from('x\n'), undefined, open)
    return promise.then(() => setImmediate())
  }
  await write('a')
  t.strictSame(tree.paths, [`${dir}/logs/a.one.log`])
  goTo('two')
  tree.check(performance.now())
  await waitFor(() => tree.paths.length === 0, 'the file to be closed')
  await write('b')
  await write('a')
  t.strictSame(tree.paths, [`${dir}/logs/a.two.log`])
})

test('files that were moved are begun anew', async t => {
  const { dir, tree, append, read } = makeTree(t)
  await append('a', '1')
  renameSync(`${dir}/logs/a.log`, `${dir}/logs/moved.log`)
  tree.check(performance.now())
  await append('a', '2')
  renameSync(`${dir}/logs/a.log`, `${dir}/logs/moved-2.log`)
  tree.reopen()
  await append('a', '3')
  t.strictSame([read('moved'), read('moved-2'), read('a')], ['1\n', '2\n', '3\n'])
})

test('links lead nowhere out of the base folder', async t => {
  const endPause = holdPauses(t)
  const { dir, tree, append, read, troubles } = makeTree(t)
  mkdirSync(`${dir}/logs/in`)
  symlinkSync('in', `${dir}/logs/stays`)
  symlinkSync('..', `${dir}/logs/leaves`)
  symlinkSync(`${dir}/victim`, `${dir}/logs/file.log`)
  await append('stays/a', '1')
  t.equal(read('in/a'), '1\n')
  tree
    .at({ file: `${dir}/logs/leaves/b.log`, id: 'b', link: '', label: '' })
    .log.append(Buffer.from('x\n'), undefined)
  tree
    .at({ file: `${dir}/logs/file.log`, id: 'f', link: '', label: '' })
    .log.append(Buffer.from('x\n'), undefined)
  await append('a', '2')
  t.match(troubles, [
    /^ELOOP: the link .*leaves leads out of .*logs$/,
    /^ELOOP: .*file.log is a link$/
  ])
  t.strictSame(readdirSync(dir), ['logs'])
  tree.abandon()
  endPause()
})

test('a log that can not be opened takes no place among the open files', async t => {
  const endPause = holdPauses(t)
  const { dir, append, read, tree } = makeTree(t, { maxOpenFiles: 1 })
  mkdirSync(`${dir}/logs/bad.log`)
  void append('bad', 'x')
  await append('good', '1')
  t.equal(read('good'), '1\n')
  rmdirSync(`${dir}/logs/bad.log`)
  endPause()
  await tree.close()
  t.equal(read('bad'), 'x\n')
})

test('a log that never runs dry gives others a turn', async t => {
  const { tree, toDestination, append, read } = makeTree(t, { maxOpenFiles: 1 })
  let isOver = false
  let lines = 0
  const goOn = (): void => {
    if (isOver) return
    lines++
    tree.at(toDestination('busy')).log.append(Buffer.from(`${lines}\n`), undefined, goOn)
  }
  goOn()
  await append('other', 'x')
  isOver = true
  await tree.close()
  t.equal(read('other'), 'x\n')
  t.equal(read('busy').split('\n').length - 1, lines)
})
