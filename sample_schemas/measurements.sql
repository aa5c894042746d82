-- Measurements of devices: partitions by month, enums, a domain. Comments say where the schema is not as it should be.

CREATE TYPE quality AS ENUM ('good', 'doubtful', 'bad');
CREATE DOMAIN celsius AS real CHECK (VALUE > -273.15);

CREATE TABLE sites (
    code char(4) PRIMARY KEY,
    name text NOT NULL
);

CREATE TABLE devices (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site_code char(4) NOT NULL REFERENCES sites,
    serial    uuid NOT NULL UNIQUE,
    model     text NOT NULL
);
CREATE INDEX devices_site_code ON devices (site_code);

CREATE TABLE measurements (
    device_id   int NOT NULL REFERENCES devices,
    measured_at timestamptz NOT NULL,
    temperature celsius NOT NULL,
    quality     quality NOT NULL DEFAULT 'good',
    PRIMARY KEY (device_id, measured_at)
) PARTITION BY RANGE (measured_at);

CREATE TABLE measurements_2026_09 PARTITION OF measurements
    FOR VALUES FROM ('2026-09-01 00:00:00+00') TO ('2026-10-01 00:00:00+00');
CREATE TABLE measurements_2026_10 PARTITION OF measurements
    FOR VALUES FROM ('2026-10-01 00:00:00+00') TO ('2026-11-01 00:00:00+00');
CREATE TABLE measurements_2026_11 PARTITION OF measurements
    FOR VALUES FROM ('2026-11-01 00:00:00+00') TO ('2026-12-01 00:00:00+00');

-- Nearly all rows are good: the index serves the others only.
CREATE INDEX measurements_quality ON measurements (quality);

CREATE TABLE calibrations (
    id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device_id int NOT NULL REFERENCES devices,
    done_on   date NOT NULL,
    offset_k  real NOT NULL,
    UNIQUE (device_id, done_on)
);
