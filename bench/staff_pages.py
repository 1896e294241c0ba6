"""What `pages.py` puts beside the orders of `lists.py`, as SQL."""

# What the lists of the warehouse, of returns and of stock hold, and what an order's page tells.
MORE = """
INSERT INTO fulfillment_shipment (id, number, order_id, location_id, state, carrier, service, tracking_number,
  tracking_url, promised_earliest, promised_latest, ship_by, cost, cod_amount, version, created_at, handed_over_at,
  delivered_at)
SELECT gen_random_uuid(), 'B' || made.n || '-1', made.id, location.id,
  CASE stage WHEN 'completed' THEN 'delivered' ELSE (ARRAY['planned', 'released', 'picking', 'packed',
    'labelled'])[1 + made.n % 5] END,
  'own_fleet', 'standard', 'T' || made.n, '', made.at + interval '1 day',
  CASE WHEN stage = 'completed' OR made.n % 100 = 0 THEN made.at ELSE now() END + interval '3 days',
  CASE made.n % 100 WHEN 0 THEN made.at ELSE now() + interval '1 hour' * (1 + made.n % 96) END, 12, 0, 1,
  made.at, CASE stage WHEN 'completed' THEN made.at + interval '1 day' END,
  CASE stage WHEN 'completed' THEN made.at + interval '2 days' END
FROM made JOIN inventory_location AS location ON location.code = CASE made.n % 3 WHEN 0 THEN 'JED' ELSE 'RUH' END
WHERE stage IN ('completed', 'allocated');
INSERT INTO fulfillment_shipmentline (id, shipment_id, line_id, quantity, picked, packed, missing)
SELECT gen_random_uuid(), shipment.id, line.id, 1, 0, 0, 0
FROM fulfillment_shipment AS shipment JOIN orders_line AS line ON line.order_id = shipment.order_id;
INSERT INTO returns_return (id, number, order_id, method, resolution, exchange_sku, reception, acceptance,
  reimbursement, credited, fee, refunded, decision_note, tracking_number, requested_by, requested_at, version)
SELECT gen_random_uuid(), 'RB' || n, id, 'courier', 'refund', '',
  CASE WHEN n % 3 = 0 THEN 'awaiting' ELSE 'received' END, CASE WHEN n % 3 = 0 THEN 'pending' ELSE 'accepted' END,
  CASE WHEN n % 3 = 0 THEN 'pending' ELSE 'done' END, 0, 0, 0, '', '', 'customer', at, 1
FROM made WHERE stage = 'completed' AND n % 20 = 0;
INSERT INTO returns_returnline (id, return_order_id, line_id, quantity, reason, note, received, inspected)
SELECT gen_random_uuid(), asked.id, line.id, 1, 'changed_mind', '', 0, 0
FROM returns_return AS asked JOIN orders_line AS line ON line.order_id = asked.order_id AND line.position = 1;
INSERT INTO core_event (kind, subject, thread, actor, request_id, data, at)
SELECT kind, 'order/' || orders_order.number, 'order/' || orders_order.number, 'system', '', '{}', placed_at
FROM orders_order CROSS JOIN (VALUES ('order.placed'), ('order.checked')) AS told (kind);
UPDATE orders_order SET tags = ARRAY['VIP'] WHERE number % 50 = 0;
UPDATE orders_order SET stage_since = now() - interval '20 days' WHERE status = 'open' AND number % 50 = 1;
UPDATE orders_order SET importance = ARRAY['value'] WHERE number % 500 = 0
"""
