/** The output of all benchmarks: a section of Markdown on stdout, progress on stderr. */

/** Prints a section of docs/benchmarks.md. */
export function printSection(title: string, method: string, table: string): void {
  process.stdout.write(`## ${title}\n\n${method}\n\n${table}\n`)
}

/** Prints a line on stderr. */
export function printProgress(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** A table of Markdown; the first column is aligned left, the others right. */
export function toTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? '---' : '---:'))
  return `${[head, rule, ...rows].map(toRow).join('\n')}\n`
}

function toRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** The median, of an even number of values the mean of the middle two; NaN of an empty list. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted.length - 1, sorted.length].map(length => sorted[length >> 1])
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2
}

/** `12 (11–14)`: median, minimum and maximum; 'void' of an empty list. */
export function toSpread(values: readonly number[], digits = 0): string {
  if (values.length === 0) return 'void'
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}
