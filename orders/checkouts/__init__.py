"""Stock kept for a checkout: `keeping` holds the rules, `api` is the door."""
