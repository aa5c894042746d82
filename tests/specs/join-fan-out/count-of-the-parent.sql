-- accounts are counted once per withdrawal
-- expect: found
CREATE TABLE "Account" ("AccountId" int PRIMARY KEY, "Owner" text NOT NULL, "Limit" numeric NOT NULL, "Region" text);
CREATE TABLE "Withdrawal" ("WithdrawalId" int PRIMARY KEY, "AccountId" int NOT NULL REFERENCES "Account", "Amount" numeric NOT NULL);
CREATE INDEX "IX_Withdrawal" ON "Withdrawal" ("AccountId");

-- data
INSERT INTO "Account" VALUES (1,'a',10,'n'),(2,'b',20,'n'),(3,'c',20,'s');
INSERT INTO "Withdrawal" VALUES (1,1,1),(2,1,1),(3,3,4);

-- query
SELECT a."Region", count(a."AccountId") AS accounts, sum(w."Amount") FROM "Account" a JOIN "Withdrawal" w ON w."AccountId" = a."AccountId" GROUP BY a."Region";
