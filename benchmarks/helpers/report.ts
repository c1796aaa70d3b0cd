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

/** The median; NaN of an empty list. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** `12 (11–14)`: median, minimum and maximum; 'void' of an empty list. */
export function toSpread(values: readonly number[], digits = 0): string {
  if (values.length === 0) return 'void'
  const [least, most] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(digits)} (${least.toFixed(digits)}–${most.toFixed(digits)})`
}
