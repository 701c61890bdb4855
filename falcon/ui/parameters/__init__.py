"""What an answer is asked with: parameters and presets in the sidebar."""
