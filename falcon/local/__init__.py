"""The endpoint on this machine: a Falcon model behind SageMaker's own protocol."""
