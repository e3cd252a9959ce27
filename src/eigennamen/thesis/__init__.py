"""The thesis's chapters: text whose every number, and every sentence about an outcome, comes from the studies."""
