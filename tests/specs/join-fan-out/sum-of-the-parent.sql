-- sum of the parent
-- expect: found
CREATE TABLE "Account" ("AccountId" int PRIMARY KEY, "Owner" text NOT NULL, "Limit" numeric NOT NULL, "Region" text);
CREATE TABLE "Deposit" ("DepositId" int PRIMARY KEY, "AccountId" int NOT NULL REFERENCES "Account", "Amount" numeric NOT NULL, "On" date NOT NULL);
CREATE INDEX "IX_Deposit" ON "Deposit" ("AccountId");

-- data
INSERT INTO "Account" VALUES (1,'a',10,'n'),(2,'b',20,'n'),(3,'c',20,'s');
INSERT INTO "Deposit" VALUES (1,1,5,'2024-01-01'),(2,1,6,'2024-01-02'),(3,2,7,'2024-01-02');

-- query
SELECT a."Region", sum(a."Limit") FROM "Account" a JOIN "Deposit" d ON d."AccountId" = a."AccountId" WHERE d."On" >= '2024-01-01' GROUP BY a."Region";
