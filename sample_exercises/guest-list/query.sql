SELECT b.id, b.arrival, b.nights, b.remark
FROM bookings b
LEFT JOIN guests g ON g.id = b.guest_id
LEFT JOIN hotels h ON h.id = b.hotel_id
WHERE b.hotel_id = 12
  AND b.arrival = date '2025-03-14'
ORDER BY b.id;
