import { test } from 'tap'
import { readMembers, type Members } from '../../lib/record/members.ts'
import { findRoles, type Roles } from '../../lib/record/roles.ts'

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
  ['members of what is nested', '{"a":{"level":30,"msg":"b"}}', {}]
]

for (const [what, line, roles] of records) {
  test(`the members with a meaning of a record with ${what}`, async t => {
    const members = readMembers(line) as Members
    t.strictSame(findRoles(members, { messageKey: 'msg', errorKey: 'err' }), { ...none, ...roles })
  })
}

test('message and error have the names that the sender gives them', async t => {
  const members = readMembers('{"msg":"a","message":"b","err":1,"error":{}}') as Members
  t.strictSame(findRoles(members, { messageKey: 'message', errorKey: 'error' }), {
    ...none,
    message: 1,
    error: 3
  })
})
