"""What the product sends to AWS, held against botocore as it comes: `make bench ONLY=wire`."""
