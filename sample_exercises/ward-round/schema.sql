CREATE TABLE patients (
    id integer PRIMARY KEY,
    bed text NOT NULL
);
CREATE TABLE observations (
    id bigint PRIMARY KEY,
    patient_id integer NOT NULL REFERENCES patients (id),
    critical boolean NOT NULL,
    noted_at timestamptz NOT NULL,
    remark text NOT NULL
);
