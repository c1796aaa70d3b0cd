import { test } from 'tap'
import { readMembers, type Members } from '../../lib/record/members.ts'
import { resolveKeys, RoleFinder, type RoleKeys, type Roles } from '../../lib/record/roles.ts'

const none: Roles = { level: -1, time: -1, topic: -1, message: -1, error: -1 }

const records: [what: string, line: string, roles: Partial<Roles>][] = [
  ['nothing', '{}', {}],
  [
    "pino's members",
    '{"level":30,"time":1,"pid":2,"topic":"a","err":{},"msg":"b"}',
    { level: 0, time: 1, topic: 3, error: 4, message: 5 }
  ],
  [
    "fields with the names of pino's level and time",
    '{"level":30,"time":1,"level":3,"time":350}',
    { level: 0, time: 1 }
  ],
  ['a level that stands further back', '{"a":1,"level":30,"level":50}', { level: 1 }],
  ['a topic of the logger and one of the call', '{"topic":"a","topic":"b"}', { topic: 1 }],
  ['a field with the name of the message', '{"msg":"a","msg":"b"}', { message: 1 }],
  ['a topic and a message that are no texts', '{"topic":5,"msg":{"a":1}}', {}],
  ['the keys of Google Cloud', '{"severity":"ERROR","message":"a"}', { level: 0, message: 1 }],
  [
    'the keys of Elastic',
    '{"log.level":"error","@timestamp":"2026","message":"a"}',
    { level: 0, time: 1, message: 2 }
  ],
  [
    "pino's keys behind others",
    '{"severity":"ERROR","message":"a","timestamp":1,"msg":"b","level":30,"time":2}',
    { message: 3, level: 4, time: 5 }
  ],
  ['members of what is nested', '{"a":{"level":30,"msg":"b"}}', {}]
]

for (const [what, line, roles] of records) {
  test(`the members with a meaning of a record with ${what}`, async t => {
    const members = readMembers(line) as Members
    t.strictSame(new RoleFinder({}).find(members), { ...none, ...roles })
  })
}

test("a sender's own keys come before the usual ones", async t => {
  const finder = new RoleFinder({
    levelKey: 'lvl',
    timeKey: 'ts',
    messageKey: 'text',
    errorKey: 'error'
  })
  const own = '"text":"a","error":{},"ts":1,"lvl":2'
  const usual = '"level":30,"time":1,"msg":"a","err":{}'
  const find = (members: string): Roles => finder.find(readMembers(`{${members}}`) as Members)
  const roles = { ...none, message: 0, error: 1, time: 2, level: 3 }
  t.strictSame(find(`${own},${usual}`), roles)
  t.strictSame(find(`${usual},${own}`), { ...none, message: 4, error: 5, time: 6, level: 7 })
  t.strictSame(find(usual), { ...none, level: 0, time: 1, message: 2, error: 3 })
})

test('where a sender says nothing, the defaults come before the usual keys', async t => {
  const members = readMembers('{"msg":"a","level":1,"lvl":2,"text":"b"}') as Members
  const defaults = { levelKey: 'lvl', messageKey: 'text' }
  const find = (said: RoleKeys): Roles => new RoleFinder(resolveKeys(said, defaults)).find(members)
  t.strictSame(find({}), { ...none, level: 2, message: 3 })
  t.strictSame(find({ levelKey: 'level', messageKey: '' }), { ...none, level: 1, message: 3 })
})
