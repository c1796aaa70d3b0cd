import { levels } from 'pino'
import { test } from 'tap'
import { pinoLabels, pythonLabels, toLabel } from '../../lib/record/levels.ts'
import { plainLevelNumbers } from '../../lib/wire/plain-topic.ts'

test('the levels are those of pino', async t => {
  t.strictSame({ ...pinoLabels }, { ...levels.labels })
})

test('a label that goes to Python comes back as its level', async t => {
  for (const [number, label] of Object.entries(pinoLabels)) {
    const python = pythonLabels[label] ?? ''
    t.equal(plainLevelNumbers[python], label === 'trace' ? 20 : Number(number), label)
    t.equal(plainLevelNumbers[label.toUpperCase()], Number(number), `${label} in capitals`)
  }
})

const cases: [level: unknown, labels: Record<string, string>, label: string][] = [
  [10, {}, 'trace'],
  [60, {}, 'fatal'],
  [35, { 35: 'notice' }, 'notice'],
  [30, { 30: 'normal' }, 'normal'],
  [30, { 35: 'notice' }, 'info'],
  [35, {}, '35'],
  ['warn', {}, 'warn'],
  ['WARN', {}, 'WARN'],
  ['', {}, 'info'],
  [undefined, {}, 'info'],
  [null, {}, 'info'],
  [{}, {}, 'info']
]

for (const [level, labels, label] of cases) {
  test(`level ${JSON.stringify(level)} with ${JSON.stringify(labels)} is ${label}`, async t => {
    t.equal(toLabel(level, labels), label)
  })
}
