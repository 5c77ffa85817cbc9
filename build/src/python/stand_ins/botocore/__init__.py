"""What handlers use of botocore: its errors and its settings."""
