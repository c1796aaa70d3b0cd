import { levels } from 'pino'
import { test } from 'tap'
import { pinoLevelNames, pythonLevelNames, toLevelName } from '../../lib/record/levels.ts'
import { plainLevelNumbers } from '../../lib/wire/plain-topic.ts'

test('the levels are those of pino', async t => {
  t.strictSame({ ...pinoLevelNames }, { ...levels.labels })
})

test('a levelName that goes to Python comes back as its level', async t => {
  for (const [number, levelName] of Object.entries(pinoLevelNames)) {
    const python = pythonLevelNames[levelName] ?? ''
    t.equal(plainLevelNumbers[python], levelName === 'trace' ? 20 : Number(number), levelName)
    t.equal(plainLevelNumbers[levelName.toUpperCase()], Number(number), `${levelName} in capitals`)
  }
})

const cases: [level: unknown, levelNames: Record<string, string>, levelName: string][] = [
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

for (const [level, levelNames, levelName] of cases) {
  test(`level ${JSON.stringify(level)} with ${JSON.stringify(levelNames)} is ${levelName}`, async t => {
    t.equal(toLevelName(level, levelNames), levelName)
  })
}
