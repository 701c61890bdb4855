"""What runs in AWS Lambda to remove endpoints; the package is for the tests."""
