/** The collector's configuration file: a JSON object with options as keys. */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { configKeys, findOptionProblems } from '../collector/options/collector-options.ts'
import { toMessage, ZmqPubError } from '../errors.ts'
import { hideKeys, mayBeKey } from '../util/hide-keys.ts'
import { isObject } from '../util/object.ts'
import { suggestName } from '../util/suggest.ts'
import { parseConfigText } from './config-text.ts'

/** @returns known options, with values that aren't validated @throws ERR_ZMQ_PUB_CONFIG */
export function readConfig(path: string): Record<string, unknown> {
  const config = readObject(path)
  for (const name of Object.keys(config)) checkName(name, path)
  return config
}

/** All problems of a configuration file, as messages; none where a collector would accept it. */
export function findConfigProblems(path: string): string[] {
  let config: Record<string, unknown>
  try {
    config = readObject(path)
  } catch (error) {
    return [toMessage(error)]
  }
  const unknown = Object.keys(config).filter(name => !configKeys.includes(name))
  const known = Object.entries(config).filter(([name]) => configKeys.includes(name))
  return [
    ...unknown.map(name => `ERR_ZMQ_PUB_CONFIG: ${describeUnknown(name, path)}`),
    ...findOptionProblems(Object.fromEntries(known), name => `${name} in ${path}`)
  ]
}

/** Of files whose paths are shown, however long: a key may stand in place of others. */
const usualExtension = /\.(?:jsonc?|json5|conf|cfg|txt)$/i

const pathAdvice =
  '--config, or the variable ZMQ_PUB_COLLECTOR_CONFIG, must name a file that this user can read'

function readObject(path: string): Record<string, unknown> {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if (mayBeKey(path) && !usualExtension.test(path)) {
      throw new ZmqPubError(
        'ERR_ZMQ_PUB_CONFIG',
        `cannot read the configuration file ${hideKeys(path)}; ${pathAdvice}`
      )
    }
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_CONFIG',
      `cannot read the configuration file ${path}: ${toMessage(error)}; ${pathAdvice}`,
      { cause: error }
    )
  }
  if (!isUtf8(bytes)) {
    throw new ZmqPubError(
      'ERR_ZMQ_PUB_CONFIG',
      `${path} is not valid UTF-8; save it in that encoding`
    )
  }
  let config: unknown
  try {
    config = parseConfigText(bytes.toString())
  } catch (error) {
    throw new ZmqPubError('ERR_ZMQ_PUB_CONFIG', `${path} is not valid: ${toMessage(error)}`, {
      cause: error
    })
  }
  if (isObject(config)) {
    // `$schema` is for editors only.
    return Object.fromEntries(Object.entries(config).filter(([name]) => name !== '$schema'))
  }
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_CONFIG',
    `${path} must contain a JSON object, such as { "bind": "tcp://127.0.0.1:5558" }`
  )
}

function checkName(name: string, path: string): void {
  if (configKeys.includes(name)) return
  throw new ZmqPubError('ERR_ZMQ_PUB_CONFIG', describeUnknown(name, path))
}

function describeUnknown(name: string, path: string): string {
  return `unknown key '${hideKeys(name)}' in ${path}${suggestName(name, configKeys)}`
}
