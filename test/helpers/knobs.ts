/** Knobs: settings of a benchmark, drill or long test that come from the environment. An invalid value throws. */

/** A number of 0 or more. @throws where the variable is something else */
export function readKnob(name: string, fallback: number): number {
  return readNumbers(name, [fallback])[0] ?? fallback
}

/** Numbers of 0 or more, separated by commas. @throws where one is something else */
export function readNumbers(name: string, fallback: readonly number[]): number[] {
  const given = process.env[name]
  if (given === undefined) return [...fallback]
  return given.split(',').map(text => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value
    throw new Error(`${name} must be a number of 0 or more, got '${given}'`)
  })
}

/** Some of the known values, separated by commas; `usual` where the variable isn't set. @throws on others */
export function readChoices<T extends string>(
  name: string,
  known: readonly T[],
  usual: readonly T[] = known
): T[] {
  const given = process.env[name]
  if (given === undefined) return [...usual]
  return given.split(',').map(text => {
    const choice = known.find(value => value === text)
    if (choice !== undefined) return choice
    throw new Error(`${name} must be one or several of ${known.join(', ')}, got '${text}'`)
  })
}

/** Whether the variable is '1'; it may also be unset. @throws where it is something else */
export function readSwitch(name: string): boolean {
  const given = process.env[name]
  if (given === undefined || given === '1') return given === '1'
  throw new Error(`${name} must be 1 or not set, got '${given}'`)
}
