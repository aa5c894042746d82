CREATE INDEX ON products ((properties ->> 'colour'));
