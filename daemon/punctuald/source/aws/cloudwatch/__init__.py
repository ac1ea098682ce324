"""Amazon CloudWatch, as far as figures are sent there."""
