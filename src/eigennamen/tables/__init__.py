"""Tables of studies: as values, and in the formats in which they are read."""
