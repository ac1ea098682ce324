"""What carries calls to SQS: our own connections and signatures, or boto3."""
