"""This page beside other chat pages, in real Chromium, fed by the same tokens."""
