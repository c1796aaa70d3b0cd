/**
 * Options of a transport by environment variables, for what differs from one deployment to the next. They are for all
 * transports of the process that don't give the option themselves.
 */
import { ZmqPubError } from '../errors.ts'
import { toVariable } from '../options/flags.ts'
import { hideKeys } from '../util/hide-keys.ts'
import { isObject } from '../util/object.ts'
import { suggestName } from '../util/suggest.ts'
import { curveMemberNames, type CurveMember } from './curve-options.ts'

/** Each option that may be a variable, and how its text is read. */
const readers = {
  address: readItems,
  mode: (text: string) => text,
  topic: (text: string) => text,
  maxBufferBytes: readJson,
  spool: (text: string) => (text.startsWith('{') ? readJson(text) : { dir: text }),
  quiet: readSwitch,
  closeTimeoutMs: readJson
}

type Option = keyof typeof readers

const options = Object.keys(readers) as Option[]
const prefix = 'ZMQ_PUB_'
const curvePrefix = `${prefix}CURVE_`
const collectorPrefix = `${prefix}COLLECTOR_`

const toName = (option: string): string => prefix + toVariable(option)
const toCurveName = (member: CurveMember): string => toName(`curve.${member}`)

/** The names of all variables. */
export const variableNames = [...options.map(toName), ...curveMemberNames.map(toCurveName)]

/** What is given, by the app and by the environment. */
export interface GivenOptions {
  given: Record<string, unknown>
  /** The variable that an option, or a member of `curve`, comes from; undefined where the app gives it. */
  variableOf: (option: string) => string | undefined
}

/**
 * Adds what the environment has to what the app gives, which wins. An empty variable counts as not set. Of `curve` the
 * collector's key and the app's own keys are each replaced as one.
 * @throws ERR_ZMQ_PUB_OPTION on a variable whose name is nearly right, and on an unknown one that begins with `ZMQ_PUB_CURVE_`
 */
export function addEnvironment(
  own: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv
): GivenOptions {
  checkNames(env)
  const given = { ...own }
  const sources = new Map<string, string>()
  for (const option of options) {
    const variable = toName(option)
    const text = env[variable]
    if (!text || own[option] !== undefined) continue
    given[option] = readers[option](text)
    sources.set(option, variable)
  }
  if (own['curve'] === undefined || isObject(own['curve'])) {
    const curve = addCurve(own['curve'] ?? {}, env, sources)
    if (Object.keys(curve).length > 0) given['curve'] = curve
  }
  // Where all keys are variables, a key that is missing should be one, too.
  const isCurveVariable = (option: string): boolean =>
    option.startsWith('curve.') && sources.has('curve')
  return {
    given,
    variableOf: option =>
      sources.get(option) ?? (isCurveVariable(option) ? toName(option) : undefined)
  }
}

const isOfServer = (member: string): boolean => member.startsWith('server')

function addCurve(
  own: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
  sources: Map<string, string>
): Record<string, unknown> {
  const curve = { ...own }
  const given = Object.keys(own).filter(name => own[name] !== undefined)
  for (const member of curveMemberNames) {
    const variable = toCurveName(member)
    const text = env[variable]
    if (!text || given.some(name => isOfServer(name) === isOfServer(member))) continue
    curve[member] = isOfServer(member) ? text.split(',') : text
    sources.set(`curve.${member}`, variable)
    if (Object.keys(own).length === 0) sources.set('curve', variable)
  }
  return curve
}

/** Other programs may have variables of this beginning, as Kubernetes for a service of that name: only likely mistakes are refused. */
function checkNames(env: NodeJS.ProcessEnv): void {
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith(prefix) || variable.startsWith(collectorPrefix)) continue
    if (variableNames.includes(variable)) continue
    const shorten = (name: string): string => name.slice(prefix.length)
    const hint = suggestName(shorten(variable), variableNames.map(shorten), name => prefix + name)
    const isCurve = variable.startsWith(curvePrefix)
    if (hint === '' && !isCurve) continue
    const known = isCurve ? `; known: ${curveMemberNames.map(toCurveName).join(', ')}` : ''
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_OPTION',
      `unknown environment variable ${hideKeys(variable)}${hint}${known}`
    )
  }
}

function readItems(text: string): string[] {
  return text.split(',').map(item => item.trim())
}

/** What isn't JSON stays a text, which the option's validator refuses. */
function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function readSwitch(text: string): unknown {
  const values: Readonly<Record<string, boolean>> = { true: true, 1: true, false: false, 0: false }
  return values[text.toLowerCase()] ?? text
}
