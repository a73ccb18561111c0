-- +goose Up

-- The log. Its rows are written once; body is emptied when its time is over.
CREATE TABLE entry (
    seq BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    ref TEXT NOT NULL,
    salt BYTEA NOT NULL,
    digest TEXT NOT NULL,
    body BYTEA
);
CREATE INDEX entry_ref ON entry (ref);

-- The Merkle tree over the log: tlog's stored hashes.
CREATE TABLE loghash (
    id BIGINT PRIMARY KEY,
    hash BYTEA NOT NULL
);

-- One row: the size of the log, the roots of the complete trees at its right edge, and its newest signed head. Who appends
-- holds this row.
CREATE TABLE loghead (
    id BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    edge BYTEA NOT NULL,
    note TEXT NOT NULL
);
INSERT INTO loghead (id, size, edge, note) VALUES (1, 0, '', '');

-- Signed heads of the past.
CREATE TABLE oldhead (
    size BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    note TEXT NOT NULL
);

-- Everything from here on is told by the entries.

CREATE TABLE passage (
    n BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    time BIGINT NOT NULL,
    case_n BIGINT NOT NULL,
    process TEXT NOT NULL,
    door TEXT NOT NULL,
    client TEXT NOT NULL,
    reporter TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    action BIGINT NOT NULL,
    act TEXT NOT NULL,
    would TEXT NOT NULL,
    outcome TEXT NOT NULL,
    kept BIGINT NOT NULL,
    released BIGINT NOT NULL,
    took BIGINT NOT NULL
);
CREATE INDEX passage_case ON passage (case_n, n) WHERE case_n > 0;
CREATE INDEX passage_warned ON passage (n) WHERE action >= 2;
CREATE INDEX passage_door ON passage (door, n);
CREATE INDEX passage_today ON passage (time, action, reporter);
CREATE INDEX passage_unfinished ON passage (n) WHERE outcome = '';
CREATE INDEX passage_held ON passage (n) WHERE act = 'hold' AND released = 0;
CREATE INDEX passage_interrupted ON passage (time) WHERE outcome = 'interrupted';

-- The keys doors made recording idempotent with.
CREATE TABLE arrival (
    key BYTEA PRIMARY KEY,
    passage BIGINT NOT NULL
) /* sqlite: WITHOUT ROWID */;

CREATE TABLE finding (
    rule TEXT NOT NULL,
    passage BIGINT NOT NULL,
    PRIMARY KEY (rule, passage)
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX finding_passage ON finding (passage);

CREATE TABLE gap (
    passage BIGINT NOT NULL,
    author TEXT NOT NULL,
    class TEXT NOT NULL
);
CREATE INDEX gap_passage ON gap (passage);

CREATE TABLE campaign (
    n BIGINT PRIMARY KEY,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    judged TEXT NOT NULL,
    action BIGINT NOT NULL,
    opened BIGINT NOT NULL,
    last BIGINT NOT NULL,
    closed BIGINT NOT NULL,
    passages BIGINT NOT NULL,
    held BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    rules TEXT NOT NULL
);
CREATE INDEX campaign_rank ON campaign (state, action, last, n);
CREATE INDEX campaign_last ON campaign (last);
CREATE INDEX campaign_judged ON campaign (n) WHERE judged <> '';

-- By what a passage joins a case.
CREATE TABLE campaignkey (
    key BYTEA NOT NULL,
    case_n BIGINT NOT NULL,
    passages BIGINT NOT NULL,
    PRIMARY KEY (key, case_n)
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX campaignkey_case ON campaignkey (case_n);

CREATE TABLE indicator (
    n BIGINT PRIMARY KEY,
    key BYTEA NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    blocked BIGINT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL
);
CREATE INDEX indicator_last ON indicator (last, n);
CREATE INDEX indicator_blocked ON indicator (last) WHERE blocked = 1;

CREATE TABLE sighting (
    indicator BIGINT NOT NULL,
    passage BIGINT NOT NULL,
    artifact TEXT NOT NULL,
    via TEXT NOT NULL,
    PRIMARY KEY (indicator, passage)
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX sighting_passage ON sighting (passage);

-- Folded words of passages (space 1), cases (2) and indicators (3).
CREATE TABLE word (
    token BYTEA NOT NULL,
    space BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (space, token, n)
) /* sqlite: WITHOUT ROWID */;
CREATE INDEX word_n ON word (n, space, token);

CREATE TABLE decision (
    n BIGINT PRIMARY KEY,
    time BIGINT NOT NULL,
    author TEXT NOT NULL,
    act TEXT NOT NULL,
    reason TEXT NOT NULL,
    case_n BIGINT NOT NULL,
    passage BIGINT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    waits BIGINT NOT NULL
);
CREATE INDEX decision_case ON decision (case_n) WHERE case_n > 0;
CREATE INDEX decision_time ON decision (time);

-- Held passages that people want released: asked, decided, begun, failed, done.
CREATE TABLE release (
    passage BIGINT PRIMARY KEY,
    case_n BIGINT NOT NULL,
    state TEXT NOT NULL,
    asked TEXT NOT NULL,
    process TEXT NOT NULL,
    time BIGINT NOT NULL
);
CREATE INDEX release_state ON release (state, case_n);

-- Sealed bytes of what is kept.
CREATE TABLE original (
    passage BIGINT PRIMARY KEY,
    until BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);
CREATE INDEX original_until ON original (until);

CREATE TABLE effect (
    name TEXT NOT NULL,
    ref TEXT NOT NULL,
    state TEXT NOT NULL,
    detail TEXT NOT NULL,
    process TEXT NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (ref, name)
) /* sqlite: WITHOUT ROWID */;

-- Who uses the record, and when they last said so.
CREATE TABLE process (
    run TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    pid BIGINT NOT NULL,
    seen BIGINT NOT NULL
);

-- Work. River schedules it; this is what people see of it.
CREATE TABLE job (
    id BIGINT PRIMARY KEY,
    river BIGINT NOT NULL,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    author TEXT NOT NULL,
    args TEXT NOT NULL,
    state TEXT NOT NULL,
    process TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    note TEXT NOT NULL,
    error TEXT NOT NULL,
    created BIGINT NOT NULL,
    finished BIGINT NOT NULL
);
CREATE INDEX job_key ON job (key, state);
CREATE INDEX job_name ON job (name, created);
CREATE INDEX job_running ON job (process) WHERE state = 'running';

CREATE TABLE contact (
    address BYTEA PRIMARY KEY,
    names TEXT NOT NULL,
    received BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    touched BIGINT NOT NULL
);
CREATE INDEX contact_touched ON contact (touched);

CREATE TABLE contactname (
    name BYTEA NOT NULL,
    address BYTEA NOT NULL,
    PRIMARY KEY (name, address)
) /* sqlite: WITHOUT ROWID */;

CREATE TABLE thread (
    id BIGINT PRIMARY KEY,
    touched BIGINT NOT NULL
);
CREATE INDEX thread_touched ON thread (touched);
