/** The text of `--help`. */
export const helpText = `zmq-pub-collector: receives the logs of many apps and writes them to one dated file.

Usage: zmq-pub-collector [options]      (or: node collector.js [options])
       zmq-pub-collector validate --config FILE     lists everything that is wrong with it
       zmq-pub-collector keygen NAME [--dir FOLDER] creates NAME.key and NAME.key_secret
       zmq-pub-collector check [--address ADDRESS]  says whether a collector answers; see
         check --help
       zmq-pub-collector search [--since 2h] [--grep PATTERN]  finds records in the log
         files; see search --help
       zmq-pub-collector tail [--connect ADDRESS]   shows records as they arrive; see
         tail --help
       zmq-pub-collector top [--config FILE] [--once] [--json] [--interval SECONDS]
                                                    shows who sends how much now

  --bind ADDRESS       listen here; may be repeated        [tcp://127.0.0.1:5558]
  --connect ADDRESS    connect to a sender that binds; may be repeated
  --topic PREFIX       only topics with this prefix; may be repeated       [all]
  --publish ADDRESS    publish records here for zmq-pub-collector tail and other
                       watchers; may be repeated                          [none]
  --file PATH          path of the log; placeholders are {date} and {hour} for the
                       period, {app}, {host} and {pid} for the sender, {topic} and
                       {level} for the record                  [logs/{date}.log]
  --rotate WHEN        daily, hourly, weekly, monthly or never           [daily]
  --max-size SIZE      start another file before one exceeds this size, such as 100m
  --keep-files N       keep at most N files of each log                       [all]
  --keep-days N        delete files N days after their last line            [never]
  --keep-bytes SIZE    keep files of at most this size together, such as 10g  [all]
  --compress           gzip closed files; --compress=zstd needs Node.js 22.15
  --symlink NAME       symbolic link in the log's folder to the current file
  --time-key NAME      member of a record whose time decides its file, such as time
  --level-key NAME     member with the level, for apps that don't name theirs
  --message-key NAME   member with the message, for apps that don't name theirs
  --max-open-files N   keep at most N files open, if the path has placeholders  [256]
  --idle-close SECONDS close such a file after this time without records      [300]
  --file-mode DIGITS   permissions of new files, such as 640               [umask]
  --dir-mode DIGITS    permissions of new folders, such as 750             [umask]
  --timezone ZONE      local, utc or an IANA name such as Europe/Berlin  [local]
  --format FORMAT      ndjson (records as they were sent) or text       [ndjson]
  --text TEMPLATE      how text looks (implies --format text), with {time} {level} {topic}
                       {app} {host} {pid} {caller} {msg} {fields}; LEVEL=TEMPLATE is for
                       one level; may be repeated
  --fsync              acknowledge only records on the disk, to survive a power cut
  --metrics HOST:PORT  serve /metrics for Prometheus, /healthz and /readyz here
  --ui HOST:PORT       serve a page here that shows live records, history and senders;
                       open it with the URL in the collector's log            [none]
  --ui-name NAME       another host name of the page, such as that of a reverse proxy;
                       may be repeated
  --curve-secret-key FILE   the collector's own keys: encrypts connections at
                       --bind, whose default is then tcp://*:5558
  --authorized-keys DIR     the .key files of clients that may connect; or one file
  --allow-any-client   let every client connect that knows the collector's public key
  --bind-plain ADDRESS also listen here, without encryption; may be repeated
  --pin-names NAMES    app, host or app,host: replace them by the name of the key
  --insecure           listen without encryption where other hosts can connect
  --config FILE        JSON file with these options as keys, and with outputs
  --help, --version

To receive logs from other hosts:
  zmq-pub-collector keygen collector
  zmq-pub-collector keygen app        (app.key_secret and collector.key are for the app)
  zmq-pub-collector --curve-secret-key collector.key_secret --authorized-keys app.key
Each option is also an environment variable, ZMQ_PUB_COLLECTOR_BIND and so on (several
addresses are separated by commas). Flags override the environment, which overrides the file.
Exit codes: 0 stopped by a signal, 1 could not start or write, or check got no answer,
2 wrong usage or keys, 78 validate found problems.
`
