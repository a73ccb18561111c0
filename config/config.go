// Package config reads how `sekisho serve` runs: one YAML file, every key of which may be missing. Keys that are not known, values that
// are not understood and secrets that lie in the file instead of beside it are errors with their line.
//
// What the organisation is stands in the profile (package org), not here. [Describe] writes the file with every key explained.
package config

import "time"

// A Config says how `sekisho serve` runs.
type Config struct {
	Data  string   `yaml:"data" default:"sekisho-data" doc:"the folder of the record, its keys and the pulled lists; a path that is not absolute starts at the folder of this file"`
	Log   string   `yaml:"log" default:"info" enum:"debug info warn error" doc:"the least level of log lines, which go to standard error as JSON and never hold mail content"`
	DNS   string   `yaml:"dns" default:"system" doc:"who is asked for SPF, DKIM, DMARC and domains: off, system, or HOST:PORT of a resolver"`
	Rules string   `yaml:"rules" doc:"a folder of rules of your own"`
	Yara  string   `yaml:"yara" doc:"a folder of YARA rules of your own"`
	Pull  Duration `yaml:"pull" default:"0s" doc:"how often public lists are fetched, such as 24h; 0s for only when sekisho intel pull is called"`
	Jobs  int      `yaml:"jobs" doc:"things inspected at once; 0 for one a processor"`

	Record  Record  `yaml:"record" doc:"where verdicts are kept"`
	HTTP    HTTP    `yaml:"http" doc:"the console and the API"`
	Milter  Milter  `yaml:"milter" doc:"the door for Postfix and Sendmail"`
	Inbox   Inbox   `yaml:"inbox" doc:"the mailbox to which staff forward suspicious mail"`
	Watch   []Watch `yaml:"watch" doc:"folders whose files are inspected as they appear"`
	SMTP    SMTP    `yaml:"smtp" doc:"the mail server through which answers, notifications and released mail go out"`
	Release Release `yaml:"release" doc:"how held mail is delivered after all"`
	Notify  Notify  `yaml:"notify" doc:"who is told of cases"`
	SIEM    SIEM    `yaml:"siem" doc:"where every entry of the record is sent on to; in one process of those that share a record"`
}

// Record says where verdicts are kept.
type Record struct {
	URL       string   `yaml:"url" default:"sekisho.db" doc:"a SQLite file, in data unless its path is absolute, or postgres://USER@HOST/DATABASE; the password of PostgreSQL comes from password_file or ~/.pgpass"`
	Password  File     `yaml:"password_file" doc:"a file that holds the password of PostgreSQL"`
	Keys      string   `yaml:"keys" default:"keys" doc:"the folder of the keys that seal originals and sign the log; back it up apart from the record"`
	Retention Duration `yaml:"retention" default:"90d" doc:"how long the original bytes of held mail are kept"`
	Releasers int      `yaml:"releasers" default:"1" doc:"how many people a release takes, 1 or 2"`
}

// HTTP says where the console and the API listen.
type HTTP struct {
	Listen  string `yaml:"listen" default:"127.0.0.1:8440" doc:"HOST:PORT; beyond loopback it wants certificate and key"`
	URL     string `yaml:"url" doc:"how people reach it, for links and passkeys, such as https://sekisho.kaede-ex.jp; by default http://localhost with the port of listen"`
	Cert    string `yaml:"certificate" doc:"a PEM file of the certificate chain"`
	Key     string `yaml:"key" doc:"a PEM file of its private key; chmod 600"`
	Proxy   bool   `yaml:"proxy" default:"false" doc:"a reverse proxy on this machine ends TLS and sets X-Forwarded-For"`
	Metrics string `yaml:"metrics" default:"127.0.0.1:8441" doc:"HOST:PORT of /metrics, /healthz and /readyz, without sign-in; empty for none"`
}

// Milter says how mail is judged on its way.
type Milter struct {
	Listen    string   `yaml:"listen" default:"127.0.0.1:8890" doc:"HOST:PORT or unix:PATH; empty for none"`
	Mode      string   `yaml:"mode" default:"shadow" enum:"shadow enforce" doc:"shadow records everything and changes nothing"`
	Incoming  Incoming `yaml:"incoming" doc:"what is done with mail from outside, by its verdict"`
	Outgoing  Outgoing `yaml:"outgoing" doc:"what is done with mail of signed-in clients and of internal networks"`
	OnFailure string   `yaml:"on_failure" default:"tempfail" enum:"tempfail accept" doc:"what is done with mail that could not be judged or recorded"`
	Tag       bool     `yaml:"tag" default:"true" doc:"put a tag before the subject of mail at warn"`
	Banner    bool     `yaml:"banner" default:"false" doc:"put a banner into the text of mail at warn"`
	KeepDKIM  bool     `yaml:"keep_dkim" default:"false" doc:"no tag and no banner in mail with a DKIM signature, which would no longer verify"`
	Lang      string   `yaml:"lang" default:"ja" enum:"en ja" doc:"the language of the tag, and of what stands first in the banner"`
	Name      string   `yaml:"name" doc:"the name of this server in headers; by default the first domain of the profile"`
	Internal  []string `yaml:"internal" doc:"networks whose clients are the organisation's own: 10.0.0.0/8"`
	Bytes     Size     `yaml:"bytes" default:"64MiB" doc:"the largest mail; what is larger is refused, never passed silently"`
	Timeout   Duration `yaml:"timeout" default:"1m" doc:"how long a mail may take; below the mail server's own (milter_content_timeout)"`
}

// Incoming says what is done with mail from outside. A verdict of pass passes.
type Incoming struct {
	Note   string `yaml:"note" default:"header" enum:"pass header mark hold quarantine tempfail reject" doc:"header adds X-Sekisho headers"`
	Warn   string `yaml:"warn" default:"mark" enum:"pass header mark hold quarantine tempfail reject" doc:"mark also adds the tag and the banner"`
	Hold   string `yaml:"hold" default:"hold" enum:"pass header mark hold quarantine tempfail reject" doc:"hold keeps the mail sealed in the record; quarantine puts it on hold in the mail server's queue"`
	Reject string `yaml:"reject" default:"reject" enum:"pass header mark hold quarantine tempfail reject" doc:"reject answers 550"`
}

// Outgoing says what is done with mail that goes out, where headers would tell outsiders what is thought of it.
type Outgoing struct {
	Note   string `yaml:"note" default:"pass" enum:"pass header mark hold quarantine tempfail reject" doc:"as above"`
	Warn   string `yaml:"warn" default:"pass" enum:"pass header mark hold quarantine tempfail reject" doc:"as above"`
	Hold   string `yaml:"hold" default:"hold" enum:"pass header mark hold quarantine tempfail reject" doc:"as above"`
	Reject string `yaml:"reject" default:"reject" enum:"pass header mark hold quarantine tempfail reject" doc:"as above"`
}

// Inbox says where the report mailbox is.
type Inbox struct {
	Server   string   `yaml:"server" doc:"HOST:PORT of the IMAP server, with TLS; empty for no report mailbox"`
	User     string   `yaml:"user" doc:"the account"`
	Password File     `yaml:"password_file" doc:"a file that holds its password"`
	Token    File     `yaml:"token_file" doc:"a file that holds an OAuth access token, read at each sign-in; instead of a password"`
	Plain    bool     `yaml:"plaintext" default:"false" doc:"no TLS; only to this machine"`
	Folder   string   `yaml:"folder" default:"INBOX" doc:"the folder that is watched"`
	Done     string   `yaml:"done" default:"Sekisho/Done" doc:"where mail goes that was judged"`
	Failed   string   `yaml:"failed" default:"Sekisho/Failed" doc:"where mail goes that could not be"`
	Poll     Duration `yaml:"poll" default:"1m" doc:"how often it is looked at when the server has no IDLE"`
	Also     []string `yaml:"addresses" doc:"further addresses of the mailbox"`
	Users    string   `yaml:"users" doc:"the account by which a sweep reads the mailbox of another, with {user} for its address, such as '{user}*sweeper'; empty for none"`
	Proof    string   `yaml:"proof" doc:"how the server shows that a report is of the organisation's own people: empty for Authentication-Results, 'NAME: VALUE' of a header it sets, or from to believe From"`
	Header   string   `yaml:"delivered_header" doc:"the header by which the server says to whom it delivered a mail, such as Delivered-To; it tells who moved a mail into the folder"`
	From     string   `yaml:"from" doc:"the sender of the answers; by default the account"`
	Contact  string   `yaml:"contact" doc:"whom the answers say to call: a name and an extension"`
	PerHour  int      `yaml:"answers_per_hour" default:"20" doc:"the most answers one reporter gets"`
}

// Watch is a folder whose files are inspected.
type Watch struct {
	Folder  string   `yaml:"folder" doc:"the folder, with those below it"`
	Settle  Duration `yaml:"settle" default:"3s" doc:"how long a file must be unchanged before it is read"`
	MoveTo  string   `yaml:"move_to" doc:"a folder that files at hold or stricter are moved to; empty to leave them"`
	Present bool     `yaml:"present" default:"true" doc:"also inspect the files that are there at the start"`
}

// SMTP is a mail server that takes mail from us.
type SMTP struct {
	Server   string `yaml:"server" doc:"HOST:PORT, best a port that does not ask the milter; STARTTLS unless it is this machine; empty for none"`
	User     string `yaml:"user" doc:"the account, if it wants one"`
	Password File   `yaml:"password_file" doc:"a file that holds its password"`
	From     string `yaml:"from" doc:"the sender of notifications"`
}

// Release says how held mail is delivered after all.
type Release struct {
	Server string `yaml:"server" doc:"HOST:PORT of the mail server that delivers; by default that of smtp"`
}

// Notify says who is told of cases.
type Notify struct {
	Least    string    `yaml:"least" default:"warn" enum:"note warn hold reject" doc:"the mildest case that is told at once"`
	PerHour  int       `yaml:"per_hour" default:"20" doc:"the most messages of one channel; what is beyond is one summary"`
	Digest   string    `yaml:"digest" default:"08:45" doc:"the local time of the daily digest; empty for none"`
	Zone     string    `yaml:"zone" default:"Asia/Tokyo" doc:"the time zone of that"`
	Channels []Channel `yaml:"channels" doc:"where to"`
}

// Channel is one place that is told.
type Channel struct {
	Kind string   `yaml:"kind" enum:"slack teams mail webhook" doc:"slack, teams, mail or webhook"`
	Name string   `yaml:"name" doc:"its name here; by default its kind"`
	URL  File     `yaml:"url_file" doc:"for slack, teams, webhook: a file that holds the URL, which is a secret"`
	Key  File     `yaml:"key_file" doc:"for webhook: a file that holds the key that signs"`
	To   []string `yaml:"to" doc:"for mail: the addresses"`
	Lang string   `yaml:"lang" default:"ja" enum:"en ja both" doc:"the language"`
}

// SIEM says where every entry of the record is sent on to, as ECS JSON.
type SIEM struct {
	File    string `yaml:"file" doc:"a file that one JSON object a line is appended to; empty for none"`
	Syslog  string `yaml:"syslog" doc:"tls://HOST:PORT, tcp://HOST:PORT or udp://HOST:PORT; empty for none"`
	CA      string `yaml:"ca" doc:"for tls: a PEM file of the authority, by default the system's"`
	Content bool   `yaml:"content" default:"false" doc:"also send subjects, file names and reasons, which quote what senders wrote"`
}

// A File names a file that holds a secret. The secret itself is read when it is used.
type File string

// A Duration is a time such as 90d, 12h, 3m, 30s.
type Duration time.Duration

// A Size is a number of bytes such as 64MiB.
type Size int64
