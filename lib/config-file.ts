/** The collector's configuration file: a JSON object with options as keys. */
import { readFileSync } from 'node:fs'
import { suggestName } from './checks.ts'
import { collectorOptionNames, parseCollectorOptions } from './collector-options.ts'
import { ZmqPubError, toMessage } from './errors.ts'
import { isObject } from './hello.ts'

/** @returns options that are known, with values that aren't checked @throws ERR_ZMQ_PUB_CONFIG */
export function readConfig(path: string): Record<string, unknown> {
  const config = readObject(path)
  for (const name of Object.keys(config)) checkName(name, path)
  return config
}

/** All that is wrong with a configuration file, as messages; none where a collector would take it. */
export function findConfigProblems(path: string): string[] {
  const label = (name: string): string => `${name} in ${path}`
  let config: Record<string, unknown>
  try {
    config = readObject(path)
  } catch (error) {
    return [toMessage(error)]
  }
  const problems: string[] = []
  const sound: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(config)) {
    const found = messageOf(() => {
      checkName(name, path)
      parseCollectorOptions({ [name]: value }, label)
    })
    problems.push(...found)
    if (found.length === 0) sound[name] = value
  }
  return [...problems, ...messageOf(() => parseCollectorOptions(sound, label))]
}

/** @returns what an action throws, as a list of one message or none */
function messageOf(act: () => void): string[] {
  try {
    act()
    return []
  } catch (error) {
    return [toMessage(error)]
  }
}

function readObject(path: string): Record<string, unknown> {
  let json: string
  try {
    json = readFileSync(path, 'utf8')
  } catch (error) {
    throw new ZmqPubError('ERR_ZMQ_PUB_CONFIG', `cannot read ${path}: ${toMessage(error)}`, {
      cause: error
    })
  }
  let config: unknown
  try {
    config = JSON.parse(json)
  } catch (error) {
    throw new ZmqPubError('ERR_ZMQ_PUB_CONFIG', `${path} is no JSON: ${toMessage(error)}`, {
      cause: error
    })
  }
  if (isObject(config)) return config
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_CONFIG',
    `${path} must hold a JSON object, such as { "bind": "tcp://*:5558" }`
  )
}

function checkName(name: string, path: string): void {
  if ((collectorOptionNames as string[]).includes(name)) return
  throw new ZmqPubError(
    'ERR_ZMQ_PUB_CONFIG',
    `unknown key '${name}' in ${path}${suggestName(name, collectorOptionNames)}`
  )
}
