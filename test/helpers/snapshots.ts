import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Test } from 'tap'
import { replaceCall } from './file-system.ts'

/** What changes a disk, or opens what will be changed. */
const steps = ['openSync', 'writeSync', 'fdatasyncSync', 'renameSync', 'rmSync'] as const

/**
 * Runs `act`, and keeps what a kill right before each of its steps on the disk leaves of a folder, without its lock
 * files: their owner is dead then. Calls of promises and callbacks are no steps.
 * @param noteOf asked before each step: something to know about this moment
 * @returns copies of the folder in the order of the steps, the last one of the end
 */
export async function killAtEachStep<Note>(
  t: Test,
  folder: string,
  act: () => unknown,
  noteOf: () => Note
): Promise<{ folder: string; step: string; note: Note }[]> {
  const copies: { folder: string; step: string; note: Note }[] = []
  let isCopying = false
  const copy = (step: string): void => {
    if (isCopying) return
    isCopying = true
    const target = `${folder}.${copies.length}`
    copyFolder(folder, target)
    copies.push({ folder: target, step, note: noteOf() })
    isCopying = false
  }
  const putBacks = steps.map(name =>
    replaceCall(t, name, real => (...args) => {
      const path = typeof args[0] === 'string' ? args[0].replace(folder, '') : ''
      copy(`before ${name} ${path}`)
      return real(...args)
    })
  )
  await act()
  for (const putBack of putBacks) putBack()
  copy('the end')
  return copies
}

function copyFolder(source: string, target: string): void {
  mkdirSync(target)
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [`${source}/${entry.name}`, `${target}/${entry.name}`]
    if (entry.isDirectory()) copyFolder(from, to)
    else if (!entry.name.endsWith('.lock')) writeFileSync(to, readFileSync(from))
  }
}
