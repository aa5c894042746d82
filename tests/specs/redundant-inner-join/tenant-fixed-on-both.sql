-- the tenant is fixed on both sides
-- expect: found
CREATE TABLE tenant_site (tenant_id int NOT NULL, site_id int NOT NULL, title text, PRIMARY KEY (tenant_id, site_id));
CREATE TABLE tenant_page (tenant_id int NOT NULL, page_id int NOT NULL, site_id int NOT NULL, hits int, PRIMARY KEY (tenant_id, page_id), CONSTRAINT page_site FOREIGN KEY (tenant_id, site_id) REFERENCES tenant_site);
CREATE INDEX ON tenant_page (tenant_id, site_id);

-- data
INSERT INTO tenant_site VALUES (1,1,'a'),(1,2,NULL),(5,1,'c'),(5,2,'d');
INSERT INTO tenant_page VALUES (1,1,1,5),(5,1,1,6),(5,2,2,NULL);

-- query
SELECT p.page_id, p.hits FROM tenant_page p JOIN tenant_site s ON s.site_id = p.site_id WHERE p.tenant_id = 5 AND s.tenant_id = 5;
