"""Creates, watches, prices and removes a Falcon endpoint: `python -m deploy`."""
