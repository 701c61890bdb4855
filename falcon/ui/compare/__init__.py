"""The comparison: one question, two to four columns, side by side."""
