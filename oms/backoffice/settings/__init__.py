"""Settings: whom the company lets in, what it tells the world, and what happened."""
