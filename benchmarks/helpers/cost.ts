/** CPU time and memory of processes, from Linux's /proc; 0 on other systems. */
import { readdirSync, readFileSync } from 'node:fs'

/** CPU time of all threads that are alive. Unit: ms */
export function readCpuMs(pid: number | undefined): number {
  let sum = 0
  for (const ms of readThreadsMs(pid).values()) sum += ms
  return sum
}

/** CPU time of each thread, by its name and number; the main thread's number is the process's. Unit: ms */
export function readThreadsMs(pid: number | undefined): Map<string, number> {
  const threads = new Map<string, number>()
  for (const thread of listThreads(pid)) {
    const folder = `/proc/${pid}/task/${thread}`
    const name = readText(`${folder}/comm`).trim()
    const [ns] = readText(`${folder}/schedstat`).split(' ')
    threads.set(`${name} ${thread}`, Number(ns) / 1e6)
  }
  return threads
}

/** CPU time of the calling process's main thread. Unit: ms */
export function readMainThreadMs(): number {
  const [ns] = readText(`/proc/self/task/${process.pid}/schedstat`).split(' ')
  return Number(ns) / 1e6
}

/** Peak memory of a process. Unit: MiB */
export function readPeakMiB(pid: number | undefined): number {
  const kib = /VmHWM:\s+(\d+) kB/.exec(readText(`/proc/${pid}/status`))?.[1]
  return Number(kib ?? 0) / 1024
}

function listThreads(pid: number | undefined): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // a thread that has just ended, or another system
  }
}
