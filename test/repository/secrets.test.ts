/** Whatever is given where, and however wrong: no message shows a secret key, or eight characters of it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type Test } from 'tap'
import { findConfigProblems, readConfig } from '../../lib/cli/config-file.ts'
import { parseCommandLine } from '../../lib/cli/collector-command.ts'
import { parseKeygen } from '../../lib/cli/keygen.ts'
import { parseValidate } from '../../lib/cli/validate.ts'
import { parsePipeArguments } from '../../lib/cli/pipe.ts'
import {
  collectorOptionNames,
  parseCollectorOptions
} from '../../lib/collector/options/collector-options.ts'
import { readKeyPairFile } from '../../lib/curve/certificate-file.ts'
import { createKeyPair } from '../../lib/curve/keys.ts'
import { toFlag } from '../../lib/options/flags.ts'
import { parseTransportOptions, transportOptionNames } from '../../lib/transport/options.ts'

/** The example of pyzmq's documentation, one that begins with dashes, some with little punctuation, and new ones. */
const secrets = [
  'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs',
  '--Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%csX',
  'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6kM9n',
  'aB3dE6g{9jK2<N5pQ8sT}vW4yZ7bC0eF3hJ6kM9n',
  'aB3dE6gH9jK2=N5pQ8sT1vW4yZ7bC0eF3hJ6kM9n',
  ...Array.from({ length: 2 }, () => createKeyPair().secretKey.reveal())
]

/** Fails where one of the texts has a part of the secret. */
function checkTexts(t: Test, what: string, secret: string, texts: string[]): void {
  for (const text of texts) {
    for (let at = 0; at + 8 <= secret.length; at++) {
      if (!text.includes(secret.slice(at, at + 8))) continue
      t.fail(`${what}: ${text}`)
      return
    }
  }
}

/** Runs it; what it throws, and all that belongs to it, must not show the secret. */
function attempt(t: Test, what: string, secret: string, run: () => unknown): void {
  const texts: string[] = []
  try {
    run()
  } catch (error) {
    for (let at = error as Error | undefined; at; at = at.cause as Error | undefined) {
      texts.push(String(at.stack), JSON.stringify(at))
    }
  }
  checkTexts(t, what, secret, texts)
}

/** Ways in which a key comes to a wrong place. */
const toForms = (secret: string): unknown[] => [
  secret,
  secret.slice(0, -1),
  `${secret}\n`,
  ` ${secret}`,
  `"${secret}"`,
  `secret-key = "${secret}"`,
  `tcp://${secret}:5558`,
  `tcp://logs:5558/${secret}`,
  `/run/${secret}`,
  [secret],
  { secretKey: secret },
  { [secret]: 1 },
  Buffer.from(secret),
  { dir: 'x', secretKey: secret },
  { dir: 'x', maxBytes: secret }
]

const texts = (forms: unknown[]): string[] => forms.filter(form => typeof form === 'string')

for (const [index, secret] of secrets.entries()) {
  test(`no option of the transport shows secret ${index}`, async t => {
    const names = [...transportOptionNames, 'curv', 'secretKey', 'key', secret]
    for (const form of toForms(secret)) {
      attempt(t, 'all options', secret, () => parseTransportOptions(form))
      for (const name of names) {
        attempt(t, name, secret, () => parseTransportOptions({ [name]: form }))
        attempt(t, name, secret, () => parseTransportOptions({ bind: true, [name]: form }))
      }
      for (const member of ['serverKey', 'serverKeyFile', 'secretKeyFile', 'publicKey', secret]) {
        const curve = { secretKey: secret, publicKey: secret, serverKey: secret, [member]: form }
        attempt(t, member, secret, () => parseTransportOptions({ curve }))
        attempt(t, member, secret, () => parseTransportOptions({ curve: { [member]: form } }))
      }
    }
  })

  test(`no flag or variable of zmq-pub shows secret ${index}`, async t => {
    const names = [...transportOptionNames, 'curve', 'curveServerKey', 'curveSecretKeyFile']
    const flags = [...names, 'curveSecretKey', 'curveServerKeyFile', 'secret', 'tee'].map(toFlag)
    for (const form of texts(toForms(secret))) {
      attempt(t, 'an argument', secret, () => parsePipeArguments([form], {}))
      for (const flag of flags) {
        attempt(t, flag, secret, () => parsePipeArguments([`--${flag}=${form}`], {}))
        attempt(t, flag, secret, () => parsePipeArguments([`--${flag}`, form], {}))
        attempt(t, flag, secret, () => parsePipeArguments([`--${flag}${form}`], {}))
        const variable = `ZMQ_PUB_CURVE_${flag.replace('curve-', '').replaceAll('-', '_').toUpperCase()}`
        attempt(t, variable, secret, () => parsePipeArguments([], { [variable]: form }))
      }
      attempt(t, 'a variable', secret, () =>
        parsePipeArguments([], { [`ZMQ_PUB_CURVE_${form}`]: '1' })
      )
    }
  })

  test(`no option, flag or variable of the collector shows secret ${index}`, async t => {
    for (const form of toForms(secret)) {
      attempt(t, 'all options', secret, () => parseCollectorOptions(form as object))
      for (const name of [...collectorOptionNames, 'outputs', 'key', secret]) {
        attempt(t, name, secret, () => parseCollectorOptions({ [name]: form }))
        attempt(t, name, secret, () =>
          parseCollectorOptions({ bind: 'tcp://*:1', curveSecretKey: 'x', [name]: form })
        )
        if (typeof form !== 'string' || name === secret) continue
        const flag = toFlag(name)
        attempt(t, flag, secret, () => parseCommandLine([`--${flag}=${form}`], {}))
        attempt(t, flag, secret, () => parseCommandLine([`--${flag}`, form], {}))
        const variable = `ZMQ_PUB_COLLECTOR_${flag.replaceAll('-', '_').toUpperCase()}`
        attempt(t, variable, secret, () => parseCommandLine([], { [variable]: form }))
      }
      if (typeof form !== 'string') continue
      attempt(t, 'an argument', secret, () => parseCommandLine([form], {}))
      attempt(t, 'a flag', secret, () => parseCommandLine([`--${form}`], {}))
      attempt(t, 'keygen', secret, () => parseKeygen([form]))
      attempt(t, 'keygen', secret, () => parseKeygen(['a', form]))
      attempt(t, 'keygen', secret, () => parseKeygen(['a', `--dir${form}`]))
      attempt(t, 'validate', secret, () => parseValidate([form], {}))
      attempt(t, '--config', secret, () => parseCommandLine(['--config', form], {}))
      const env = { [`ZMQ_PUB_COLLECTOR_${form}`]: '1' }
      attempt(t, 'a variable', secret, () => parseCommandLine([], env))
    }
  })

  test(`no file that is wrong shows secret ${index}`, async t => {
    const path = join(t.testdir(), 'file')
    const contents = [
      `{ "curveSecretKey": ${secret} }`,
      `{ "curveSecretKey": "${secret}" }`,
      `{ "curveSecretKey": "${secret} }`,
      `{ "curveSecretKey": {"a": "${secret}"} }`,
      `{ "${secret}": 1 }`,
      `{ "${secret}": 1, "${secret}": 2 }`,
      `{ "outputs": [{ "${secret}": 1 }] }`,
      `{ "outputs": ["${secret}"] }`,
      `{ "outputs": [{ "file": "a.log", "filter": { "app": "x", "${secret}": "${secret}" } }] }`,
      secret,
      `"${secret}"`,
      `curve\n    secret-key = "${secret}"\n`,
      `curve\n    secret-key = ${secret}x\n`,
      `curve\n    public-key = "${secret}"\n    secret-key = "${secret}"\n`,
      `curve\n    secret-key = "${secret}"\n    secret-key = "${secret}"\n`,
      `metadata\n    name = "${secret}"\n`
    ]
    for (const content of contents) {
      writeFileSync(path, content)
      attempt(t, content, secret, () => readConfig(path))
      attempt(t, content, secret, () => parseCommandLine(['--config', path], {}))
      attempt(t, content, secret, () => readKeyPairFile(path))
      checkTexts(t, content, secret, findConfigProblems(path))
      const curve = { serverKeyFile: path, secretKeyFile: path }
      attempt(t, content, secret, () => parseTransportOptions({ curve }))
      attempt(t, content, secret, () => parseTransportOptions({ curve: { secretKeyFile: path } }))
    }
  })
}
