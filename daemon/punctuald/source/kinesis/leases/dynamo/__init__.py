"""The lease table in Amazon DynamoDB."""
