"""What a worker says of each queue by itself."""
