import { levels } from 'pino'
import { test } from 'tap'
import {
  findLevelNumber,
  isTopicLevel,
  pinoLevelNames,
  pythonLevelNames,
  toCapitals,
  toLevelName,
  toLevelNumber,
  toPinoLevelName
} from '../../lib/record/levels.ts'

test('the levels are those of pino', async t => {
  t.strictSame({ ...pinoLevelNames }, { ...levels.labels })
})

test('a levelName that goes to Python comes back as its level', async t => {
  for (const [number, levelName] of Object.entries(pinoLevelNames)) {
    const python = pythonLevelNames[levelName] ?? ''
    t.equal(findLevelNumber(python), levelName === 'trace' ? 20 : Number(number), levelName)
    t.equal(findLevelNumber(levelName.toUpperCase()), Number(number), `${levelName} in capitals`)
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
  ['50', {}, 'error'],
  ['35', { 35: 'notice' }, 'notice'],
  [3, {}, 'error'], // syslog's
  [3, { 3: 'silly' }, 'silly'],
  [8, {}, '8'],
  ['', {}, 'info'],
  [JSON.parse('1e400'), {}, 'info'],
  [undefined, {}, 'info'],
  [null, {}, 'info'],
  [{}, {}, 'info']
]

for (const [level, levelNames, levelName] of cases) {
  test(`level ${JSON.stringify(level)} with ${JSON.stringify(levelNames)} is ${levelName}`, async t => {
    t.equal(toLevelName(level, levelNames), levelName)
  })
}

const foreign: [levelName: string, number: number | undefined, inPath: string][] = [
  ['critical', 60, 'fatal'],
  ['CRITICAL', 60, 'fatal'],
  ['crit', 60, 'fatal'],
  ['panic', 60, 'fatal'],
  ['emerg', 60, 'fatal'],
  ['ALERT', 60, 'fatal'],
  ['err', 50, 'error'],
  ['SEVERE', 50, 'error'],
  ['Warning', 40, 'warn'],
  ['NOTICE', 30, 'info'],
  ['SUCCESS', 30, 'info'],
  ['Information', 30, 'info'],
  ['dbg', 20, 'debug'],
  ['Verbose', 10, 'trace'],
  ['Level 5', 10, 'trace'],
  ['Level 25', 30, 'info'],
  ['Level 33', 40, 'warn'],
  ['Level 36', 50, 'error'],
  ['Level 99', 60, 'fatal'],
  ['odd', undefined, 'odd'],
  ['constructor', undefined, 'constructor'],
  ['', undefined, ''],
  ['error'.repeat(20_000), undefined, 'error'.repeat(20_000)]
]

for (const [levelName, number, inPath] of foreign) {
  test(`'${levelName.slice(0, 20)}' is ${number ?? 'no known level'}, and '${inPath.slice(0, 20)}' in a path`, async t => {
    t.equal(findLevelNumber(levelName), number)
    t.equal(toLevelNumber(levelName, {}), number ?? 30)
    t.equal(toPinoLevelName(levelName, {}), inPath)
  })
}

const numbers: [level: unknown, levelNames: Record<string, string>, number: number][] = [
  [50, {}, 50],
  [45, {}, 45],
  ['45', {}, 45],
  [0, {}, 60],
  [3, {}, 50],
  [7, {}, 20],
  [3, { 3: 'silly' }, 3],
  [8, {}, 8],
  [-1, {}, -1],
  [JSON.parse('1e400'), {}, 30],
  [undefined, {}, 30],
  [{}, {}, 30]
]

for (const [level, levelNames, number] of numbers) {
  test(`the number of level ${JSON.stringify(level)} with ${JSON.stringify(levelNames)} is ${number}`, async t => {
    t.equal(toLevelNumber(level, levelNames), number)
  })
}

const capitals: [levelName: string, inCapitals: string][] = [
  ['warn', 'WARNING'],
  ['Warning', 'WARNING'],
  ['fatal', 'CRITICAL'],
  ['crit', 'CRITICAL'],
  ['ERR', 'ERROR'],
  ['informational', 'INFO'],
  ['dbg', 'DEBUG'],
  ['trace', 'TRACE'],
  ['notice', 'NOTICE'],
  ['panic', 'PANIC'],
  ['constructor', 'CONSTRUCTOR'],
  ['45', '45']
]

for (const [levelName, inCapitals] of capitals) {
  test(`'${levelName}' is ${inCapitals} in capitals`, async t => {
    t.equal(toCapitals(levelName), inCapitals)
  })
}

test('what is used for other things, too, is no level in a topic', async t => {
  t.strictSame(['NOTICE', 'ALERT', 'SUCCESS', 'Level 33', 'EMERG'].filter(isTopicLevel).length, 5)
  t.strictSame(['LOG', 'ALL', 'CONFIG', 'FINE', 'FAILURE', 'SHOP'].filter(isTopicLevel), [])
})

test("a sender's own level names come first", async t => {
  const own = { 35: 'notice', 70: 'critical' }
  t.equal(toLevelNumber('NOTICE', own), 35)
  t.equal(toLevelNumber('critical', own), 70)
  t.equal(toPinoLevelName('critical', own), 'critical')
  t.equal(toPinoLevelName('err', own), 'error')
})
