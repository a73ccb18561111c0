-- +goose Up

-- Everybody who ever signed in. mail is in lower case. factor is the password's hash and the key of codes, sealed; NULL for
-- who has passkeys. step is the last 30 seconds a code was used of.
CREATE TABLE person (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    mail     TEXT NOT NULL UNIQUE,
    role     TEXT NOT NULL,
    lang     TEXT NOT NULL,
    created  BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    seen     BIGINT NOT NULL,
    factor   BYTEA,
    step     BIGINT NOT NULL
);

-- id is the credential's, in base64url; credential its public key and counter, as JSON.
CREATE TABLE person_passkey (
    id         TEXT PRIMARY KEY,
    person     TEXT NOT NULL REFERENCES person (id),
    name       TEXT NOT NULL,
    credential TEXT NOT NULL,
    created    BIGINT NOT NULL,
    used       BIGINT NOT NULL
);
CREATE INDEX person_passkey_person ON person_passkey (person);

-- Links that let somebody enrol; a link that was used is deleted. person is empty unless it recovers one.
CREATE TABLE person_link (
    id      TEXT PRIMARY KEY,
    hash    BYTEA NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    person  TEXT NOT NULL,
    role    TEXT NOT NULL,
    name    TEXT NOT NULL,
    mail    TEXT NOT NULL,
    lang    TEXT NOT NULL,
    maker   TEXT NOT NULL,
    expires BIGINT NOT NULL
);

-- Registrations and sign-ins under way; source is the network, link or session they are counted by, data is sealed.
CREATE TABLE person_ceremony (
    hash    BYTEA PRIMARY KEY,
    purpose TEXT NOT NULL,
    source  TEXT NOT NULL,
    data    BYTEA NOT NULL,
    expires BIGINT NOT NULL
);
CREATE INDEX person_ceremony_source ON person_ceremony (source);

CREATE TABLE person_session (
    id         TEXT PRIMARY KEY,
    hash       BYTEA NOT NULL UNIQUE,
    person     TEXT NOT NULL REFERENCES person (id),
    agent_hash BYTEA NOT NULL,
    agent      TEXT NOT NULL,
    network    TEXT NOT NULL,
    created    BIGINT NOT NULL,
    seen       BIGINT NOT NULL
);
CREATE INDEX person_session_person ON person_session (person);

-- scopes are separated by spaces.
CREATE TABLE person_token (
    id      TEXT PRIMARY KEY,
    hash    BYTEA NOT NULL UNIQUE,
    name    TEXT NOT NULL,
    scopes  TEXT NOT NULL,
    maker   TEXT NOT NULL REFERENCES person (id),
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    used    BIGINT NOT NULL,
    revoked BIGINT NOT NULL
);

-- Failed sign-ins of an account or a network: how many, when the last was, and until when no other is looked at.
CREATE TABLE person_throttle (
    place    TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    latest   BIGINT NOT NULL,
    waits    BIGINT NOT NULL
);

-- +goose Down
DROP TABLE person_throttle;
DROP TABLE person_token;
DROP TABLE person_session;
DROP TABLE person_ceremony;
DROP TABLE person_link;
DROP TABLE person_passkey;
DROP TABLE person;
