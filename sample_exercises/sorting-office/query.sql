SELECT d.delivered_on, count(*) AS deliveries, sum(d.weight) AS weight
FROM addresses a
JOIN deliveries d ON d.address_id = a.id
WHERE a.city = 'city 6'
  AND a.district = 'district 2'
  AND a.region = 'region 18'
GROUP BY d.delivered_on
ORDER BY d.delivered_on;
