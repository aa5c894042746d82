CREATE TABLE articles (
    id bigint PRIMARY KEY,
    published_at timestamptz NOT NULL,
    headline text NOT NULL,
    teaser text NOT NULL
);
CREATE INDEX articles_newest ON articles (published_at DESC, id DESC);
