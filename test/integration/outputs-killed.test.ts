/** Each line exactly once in each of several logs, with a collector that is killed; test/long kills it more often. */
import { test } from 'tap'
import { checkKilledOutputs, killedCollectors } from '../helpers/killed-outputs.ts'

for (const extra of killedCollectors) {
  test(`each of several logs gets its lines once, whenever the collector is killed: ${extra.join()}`, t =>
    checkKilledOutputs(t, extra, 4))
}
