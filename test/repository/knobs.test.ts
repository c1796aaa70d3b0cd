/** The settings of benchmarks and drills: a wrong one must not go unnoticed. */
import { test } from 'tap'
import { readChoices, readKnob, readNumbers, readSwitch } from '../helpers/knobs.ts'
import { startProgram } from '../helpers/program.ts'

const read = {
  number: () => readKnob('KNOB', 5),
  numbers: () => readNumbers('KNOB', [5, 6]),
  choices: () => readChoices('KNOB', ['a', 'b']),
  switch: () => readSwitch('KNOB')
}

const good: [kind: keyof typeof read, value: string | undefined, expected: unknown][] = [
  ['number', undefined, 5],
  ['number', '0', 0],
  ['number', '1.5', 1.5],
  ['numbers', undefined, [5, 6]],
  ['numbers', '1,2', [1, 2]],
  ['choices', undefined, ['a', 'b']],
  ['choices', 'b', ['b']],
  ['switch', undefined, false],
  ['switch', '1', true]
]

for (const [kind, value, expected] of good) {
  test(`a knob for a ${kind} reads ${value}`, async t => {
    setKnob(value)
    t.strictSame(read[kind](), expected)
  })
}

const bad: [kind: keyof typeof read, value: string, message: string][] = [
  ['number', '', "KNOB must be a number of 0 or more, got ''"],
  ['number', '-1', "KNOB must be a number of 0 or more, got '-1'"],
  ['number', '10k', "KNOB must be a number of 0 or more, got '10k'"],
  ['numbers', '1,x', "KNOB must be a number of 0 or more, got '1,x'"],
  ['choices', 'c', "KNOB must be one or several of a, b, got 'c'"],
  ['switch', 'true', "KNOB must be 1 or not set, got 'true'"]
]

for (const [kind, value, message] of bad) {
  test(`a knob for a ${kind} refuses '${value}'`, async t => {
    setKnob(value)
    t.throws(read[kind], { message })
  })
}

for (const [program, knob] of [
  ['drill', 'SCENARIO'],
  ['everyday', 'POINTS'],
  ['everyday', 'RIVALS']
] as const) {
  test(`an unknown ${knob} is refused by the benchmark ${program}`, async t => {
    const env = { [knob]: 'none' }
    const { exited, stderr } = startProgram(t, `benchmarks/${program}.js`, { env })
    t.equal((await exited).code, 1)
    t.match(stderr(), "got 'none'")
  })
}

function setKnob(value: string | undefined): void {
  if (value === undefined) delete process.env['KNOB']
  else process.env['KNOB'] = value
}

for (const [path, knob] of [
  ['test/long/curve-soak.test.js', 'SOAK_S'],
  ['test/long/curve-clients.test.js', 'CLIENTS']
] as const) {
  test(`a ${knob} that is not a number is refused by ${path}`, async t => {
    const { exited, stderr } = startProgram(t, path, { env: { [knob]: '5m' } })
    t.not((await exited).code, 0)
    t.match(stderr(), `${knob} must be a number of 0 or more, got '5m'`)
  })
}
