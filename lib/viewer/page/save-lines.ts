import type { Line } from './model/line.ts'

/** Saves lines as a file, as the collector has sent them. */
export function saveLines(lines: readonly Line[]): void {
  const blob = new Blob(
    lines.map(({ text }) => `${text}\n`),
    { type: 'application/x-ndjson' }
  )
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = 'live.ndjson'
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
