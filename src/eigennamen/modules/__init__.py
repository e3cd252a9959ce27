"""Models as Lightning modules."""
