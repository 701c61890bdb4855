"""The endpoint in view: how it is, what stands behind it, and the choice of another."""
