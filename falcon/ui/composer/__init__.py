"""The question box, and what stands over and under it."""
