"""Units nobody was promised, as SQL: by product and location, a kit's as many as its scarcest component makes.

A kit's unit leaves whole from one location, so it is reckoned there and summed over locations after. What a
checkout kept past its end is anybody's.
"""

from django.db.models import F
from django.db.models.functions import Greatest

from inventory.slots import IN_SLOTS

# Of the row `level`, below zero where safety stock is short. What is dealt into slots was not promised to anybody.
UNITS = f"""(level.on_hand - level.committed - level.damaged - level.quality_control - level.safety
  + {IN_SLOTS})"""
# The same of a `StockLevel`, never below zero.
AVAILABLE = Greatest(
    0, F("on_hand") - F("committed") + F("in_slots") - F("damaged") - F("quality_control") - F("safety")
)

# The planner can only guess how many parts there are, and guessing high it would read the whole table: the
# product's own row tells it how rare kits are, and OFFSET 0 makes it look up each product's levels.
# After a CTE `asked (id, components)`; gives `free (sold, location_id, units)`, inactive locations too.
FREE = f"""part AS (
  SELECT id AS sold, id AS product_id, 1 AS per_unit, 1 AS parts FROM asked WHERE components = '[]'
  UNION ALL
  SELECT kit.id, (SELECT stocked.id FROM inventory_product AS stocked WHERE stocked.sku = one.sku),
         one.quantity, jsonb_array_length(kit.components)
  FROM asked JOIN inventory_product AS kit ON kit.id = asked.id AND kit.components <> '[]',
       jsonb_to_recordset(kit.components) AS one (sku text, quantity int)
), expired AS MATERIALIZED (
  SELECT product_id, location_id, sum(quantity) AS units FROM inventory_reservation
  WHERE expires_at <= clock_timestamp() GROUP BY product_id, location_id
), free AS (
  SELECT part.sold, level.location_id,
         min(greatest(0, {UNITS} + coalesce(expired.units, 0)) / part.per_unit)::int AS units
  FROM part CROSS JOIN LATERAL (
    SELECT * FROM inventory_stocklevel WHERE inventory_stocklevel.product_id = part.product_id OFFSET 0
  ) AS level
  LEFT JOIN expired ON expired.product_id = level.product_id AND expired.location_id = level.location_id
  GROUP BY part.sold, level.location_id, part.parts HAVING count(*) = part.parts
)"""

# Of one kit, the row `inventory_product` of the query around it; `%s` twice: location codes, or NULL for all.
OF_KIT = f"""coalesce((
  SELECT sum(there.units)::int FROM (
    SELECT min(greatest(0, {UNITS}) / one.quantity) AS units
    FROM jsonb_to_recordset(inventory_product.components) AS one (sku text, quantity int)
    JOIN inventory_product AS stocked ON stocked.sku = one.sku
    JOIN inventory_stocklevel AS level ON level.product_id = stocked.id
    JOIN inventory_location AS location ON location.id = level.location_id
    WHERE %s::text[] IS NULL OR location.code = ANY(%s)
    GROUP BY level.location_id HAVING count(*) = jsonb_array_length(inventory_product.components)
  ) AS there
), 0)"""
