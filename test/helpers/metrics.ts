/** Numbers in the format of Prometheus, and what reads them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './program.ts'

/** The samples of a text: by name and labels, as they are written. */
export function readSamples(text: string): Map<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map(line => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    })
  )
}

/** The names of all metrics of a text. */
export function readNames(text: string): string[] {
  return [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name)
}

/** The queries of contrib/grafana-dashboard.json, with values in place of Grafana's variables. */
export function readQueries(): string[] {
  const { panels } = JSON.parse(
    readFileSync(join(root, 'contrib', 'grafana-dashboard.json'), 'utf8')
  ) as { panels: { targets?: { expr: string }[] }[] }
  return panels
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map(expr => expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'))
}
