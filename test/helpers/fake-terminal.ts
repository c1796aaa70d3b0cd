/** Streams in place of those of this process: what a command writes, and reads, without a process or a terminal of its own. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Test } from 'tap'

/** A stream that keeps what it is given. */
export class FakeOutput extends Writable {
  text = ''

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += String(chunk)
    done()
  }
}

/** Runs `act`. @returns its result, and what it has written to stdout and stderr */
export async function captureOutput<T>(
  act: () => T | Promise<T>
): Promise<{ result: T; stdout: string; stderr: string }> {
  const [stdout, stderr] = [new FakeOutput(), new FakeOutput()]
  const putBack = replaceStreams({ stdout, stderr })
  try {
    const result = await act()
    return { result, stdout: stdout.text, stderr: stderr.text }
  } finally {
    putBack()
  }
}

/** Puts streams in the place of those of this process. @returns puts them back */
export function replaceStreams(streams: Partial<Record<'stdin' | 'stdout' | 'stderr', object>>) {
  const real = Object.entries(streams).map(([name, value]) => {
    const descriptor = Object.getOwnPropertyDescriptor(process, name) ?? {}
    Object.defineProperty(process, name, { value, configurable: true })
    return [name, descriptor] as const
  })
  return (): void => {
    for (const [name, descriptor] of real) Object.defineProperty(process, name, descriptor)
  }
}

/** A terminal of 40 x 10 characters. */
export function makeTerminal(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'zmq-pub-'))
  const file = join(folder, 'terminal')
  const fd = openSync(file, 'w')
  t.teardown(() => {
    closeSync(fd)
    rmSync(folder, { recursive: true })
  })
  const output = Object.assign(new FakeOutput(), {
    fd: fd as 1,
    isTTY: true,
    columns: 40,
    rows: 10,
    hasColors: () => false
  })
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    isRaw: false,
    setRawMode(isRaw: boolean) {
      input.isRaw = isRaw
    }
  })
  return {
    output: output as typeof output & WriteStream & { fd: 1 },
    input: input as unknown as ReadStream & PassThrough,
    /** What was written to the file descriptor, and not to the stream. */
    readDirect: () => readFileSync(file, 'utf8')
  }
}
