/** The text of `zmq-pub-collector search --help`. */
export const searchHelpText = `zmq-pub-collector search: finds records in the log files, also in those that are
rotated, compressed or still written.

Usage: zmq-pub-collector search [options]

Which log, as for the collector (flags, environment variables, --config):
  --file PATH          path of the log with its placeholders, or of one file
  --config FILE        the collector's configuration file
  --output N           which of its outputs, from 0      [the first required one]
  --rotate, --format, --text, --timezone, --time-key, --level-key, --message-key

Which records; each must match all that is given:
  --since TIME         30s, 15m, 2h or 7d ago, or a time such as 2026-11-23,
                       '2026-11-23 07:00' (in --timezone) or 2026-11-23T06:00:00Z
  --until TIME         before this time
  --level LEVEL        this level or a higher one: warn, or 40
  --app NAME           the record's name, or {app} in the path
  --host NAME          the record's hostname, or {host} in the path
  --topic PREFIX       sub-topics with this prefix
  --grep PATTERN       text, or a regular expression of JavaScript; may be repeated
  --field KEY=VALUE    a member, such as order=17 or err.code=EPIPE; may be repeated
  --not KEY=VALUE      without this member; app and host also mean --app and --host;
                       may be repeated

How they are shown:
  --reverse            the newest file and its last record first
  --limit N            at most N records
  --json               lines as they are in the file
  --count-by WHAT      only counts: by level, app, host, topic, minute or hour
  --no-color           no colors, also on a terminal
  --help

Exit codes: 0 records were found, 1 none was found, 2 wrong usage, or a file could
not be searched.
`
