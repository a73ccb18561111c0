-- +goose Up

-- One row: up to which entry words, indicators and contacts were written of passages that left that for later.
CREATE TABLE indexed (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL
);
INSERT INTO indexed (id, seq) SELECT 1, size FROM loghead WHERE id = 1;
