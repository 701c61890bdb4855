"""The parts of the page, which streamlit_app.py composes from top to bottom."""
