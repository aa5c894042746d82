-- Adds points; the primary key decides between INSERT and UPDATE.
INSERT INTO loyalty_cards AS card (customer_id, points)
VALUES ($1, $2)
ON CONFLICT (customer_id) DO UPDATE SET points = card.points + excluded.points
RETURNING points;
