DROP INDEX documents_updated_at;
