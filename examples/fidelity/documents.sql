CREATE TABLE documents AS SELECT p_partkey::integer AS id, string_to_array(p_name, ' ') AS tags,
  jsonb_build_object('brand', p_brand, 'size', p_size, 'words', string_to_array(p_name, ' ')) AS data,
  to_tsvector('simple', p_comment) AS words, p_comment::text AS body, (p_partkey % 7)::integer AS shop
FROM part ORDER BY p_partkey;
