"""The AWS driver: one region of one account, over boto3."""
